"""The hooks Workbench calls.

Two families, told apart by grammar. *Providers* are plural nouns and return plugin classes; each is called
once, when a name of its kind is first looked up. *Events* say what happened, fire in the driver process
only, and return nothing.

A plugin implements a hook with a function of the same name, marked with `hookimpl`. It may take fewer arguments
than the hook has, in any order. A module without such functions offers the public plugin classes that it defines.

A module may say which versions of this contract it was made for: `WORKBENCH_CONTRACT = ">=1.0,<2"`. It is then not
loaded by a Workbench that keeps another version.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from workbench.contracts.backtest import BacktestEngine
    from workbench.contracts.feature import Feature, PanelFeature
    from workbench.contracts.forecaster import Forecaster
    from workbench.contracts.metric import Metric
    from workbench.contracts.section import ReportSection
    from workbench.contracts.source import DataSource
    from workbench.contracts.strategy import Strategy
    from workbench.contracts.target import Target

CONTRACT_VERSION = "1.0"
"""Version of what plugins implement and are given: a minor one for an addition, a major one for anything else."""

PROJECT = "workbench"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def workbench_sources() -> Iterable[type[DataSource]]:  # type: ignore[empty-body]
    """Offer data sources: where bars come from.

    Called once in each process that looks a source up, the first time it does. What all plugins return is merged. Two
    plugins may offer one name: looking it up is then an error that names both, and `distribution:name` always works.
    A plugin that raises, takes longer than 15 seconds or returns anything else loses what it offers here; it is named
    in `workbench plugins list`, and nobody else is affected.

    Returns
    -------
    iterable of DataSource subclasses
        Classes with a `name`, not instances. Importing them must be cheap: import what talks to a vendor inside
        `fetch`.

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> import pandas as pd
    >>> from workbench import DataSource, hookimpl
    >>>
    >>> class Ramp(DataSource, name="ramp"):
    ...     '''Prices that rise by one a day, to try things on.'''
    ...
    ...     def fetch(self, symbol, start, end, interval):
    ...         days = pd.bdate_range(start or "2020-01-01", end or "2020-12-31", name="date")
    ...         return pd.DataFrame({"close": [100.0 + i for i in range(len(days))]}, index=days)
    >>>
    >>> @hookimpl
    ... def workbench_sources():
    ...     return [Ramp]
    """


@hookspec
def workbench_features() -> Iterable[type[Feature] | type[PanelFeature]]:  # type: ignore[empty-body]
    """Offer features: columns computed from bars, which forecasters read.

    Called once in each process that looks a feature up, the first time it does. Results are merged, clashes judged and
    failures survived as in `workbench_sources`.

    Returns
    -------
    iterable of Feature or PanelFeature subclasses
        `Feature` sees the bars of one symbol, `PanelFeature` those of all symbols at one moment.

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> import numpy as np
    >>> from pydantic import Field
    >>> from workbench import Feature, hookimpl
    >>>
    >>> class Momentum(Feature, name="momentum"):
    ...     '''Log return over the last `window` bars.'''
    ...
    ...     window: int = Field(20, ge=1, description="bars looked back")
    ...
    ...     @property
    ...     def warmup(self):
    ...         return self.window
    ...
    ...     def compute(self, bars):
    ...         return np.log(bars["close"]).diff(self.window)
    >>>
    >>> @hookimpl
    ... def workbench_features():
    ...     return [Momentum]
    """


@hookspec
def workbench_targets() -> Iterable[type[Target]]:  # type: ignore[empty-body]
    """Offer targets: quantities that can be forecast.

    Called once in each process that looks a target up, the first time it does. Results are merged, clashes judged and
    failures survived as in `workbench_sources`.

    Returns
    -------
    iterable of Target subclasses
        A target alone looks ahead: entry `[t, k - 1]` of what it computes covers the bars from `t` to `t + k`.

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> import numpy as np
    >>> from workbench import Target, hookimpl
    >>>
    >>> class PriceChange(Target, name="price_change"):
    ...     '''Later close minus the close, in quote currency.'''
    ...
    ...     in_price_units = True
    ...
    ...     def compute(self, bars, horizon):
    ...         close = bars["close"]
    ...         return np.column_stack([close.shift(-k) - close for k in range(1, horizon + 1)])
    ...
    ...     def to_price(self, forecast, last_price):
    ...         return last_price[:, None] + forecast
    ...
    ...     def persistence(self, windows):
    ...         return np.zeros((len(windows), windows.horizon))
    >>>
    >>> @hookimpl
    ... def workbench_targets():
    ...     return [PriceChange]
    """


@hookspec
def workbench_forecasters() -> Iterable[type[Forecaster]]:  # type: ignore[empty-body]
    """Offer forecasters: models that learn from windows of features.

    Called once in each process that looks a forecaster up, the first time it does; worker processes are among them.
    Results are merged, clashes judged and failures survived as in `workbench_sources`.

    Returns
    -------
    iterable of Forecaster subclasses
        Import heavy libraries inside `fit`, not at module level: everybody who lists plugins would wait for them.

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> import numpy as np
    >>> from workbench import FittedForecaster, Forecaster, hookimpl
    >>>
    >>> class FittedMedian(FittedForecaster):
    ...     def __init__(self, median):
    ...         self.median = median  # (horizon,)
    ...
    ...     def predict(self, windows):
    ...         return np.tile(self.median, (len(windows), 1))  # (n, horizon)
    >>>
    >>> class Median(Forecaster, name="median"):
    ...     '''The median of the training targets, whatever the window.'''
    ...
    ...     uses_seed = False
    ...
    ...     def fit(self, train, validation, context):
    ...         return FittedMedian(np.median(train.targets, axis=0))
    >>>
    >>> @hookimpl
    ... def workbench_forecasters():
    ...     return [Median]
    """


@hookspec
def workbench_strategies() -> Iterable[type[Strategy]]:  # type: ignore[empty-body]
    """Offer strategies: from forecasts to exposures.

    Called once in each process that looks a strategy up, the first time it does. Results are merged, clashes judged
    and failures survived as in `workbench_sources`.

    Returns
    -------
    iterable of Strategy subclasses

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> import numpy as np
    >>> from workbench import Strategy, hookimpl
    >>>
    >>> class Timid(Strategy, name="timid"):
    ...     '''Half of the equity, on the side of the forecast.'''
    ...
    ...     def signals(self, forecasts, panel):
    ...         expected = forecasts.set_index(["origin", "symbol"])["expected_return"]
    ...         return 0.5 * np.sign(expected)
    >>>
    >>> @hookimpl
    ... def workbench_strategies():
    ...     return [Timid]
    """


@hookspec
def workbench_engines() -> Iterable[type[BacktestEngine]]:  # type: ignore[empty-body]
    """Offer backtest engines: from signals to money.

    Called once in each process that looks an engine up, the first time it does. Results are merged, clashes judged and
    failures survived as in `workbench_sources`.

    Returns
    -------
    iterable of BacktestEngine subclasses
        All engines share `workbench.size_order`, so that one signal means one number of units.

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> import pandas as pd
    >>> from workbench import Backtest, BacktestEngine, hookimpl
    >>>
    >>> class PaperDesk(BacktestEngine, name="paper_desk"):
    ...     '''Never trades: the equity stays as it was, to see what a run costs without an engine.'''
    ...
    ...     def run(self, panel_or_bars, signals, costs, context):
    ...         bars = next(iter(panel_or_bars.frames.values()))
    ...         return self._idle(bars, self.cash)
    ...
    ...     def simulate(self, bars, orders, costs, cash):
    ...         return self._idle(bars, cash)
    ...
    ...     def _idle(self, bars, cash):
    ...         columns = "symbol entry_time exit_time units entry_price exit_price pnl simple_return commission"
    ...         none = pd.DataFrame(columns=columns.split())
    ...         orders = pd.DataFrame(columns=["symbol", "decided", "units", "status", "reason"])
    ...         equity = pd.Series(cash, index=bars.index)
    ...         return Backtest(equity, none, none, orders, {"total_return": 0.0}, {}, equity * 0.0)
    >>>
    >>> @hookimpl
    ... def workbench_engines():
    ...     return [PaperDesk]
    """


@hookspec
def workbench_metrics() -> Iterable[type[Metric]]:  # type: ignore[empty-body]
    """Offer metrics: one number for how far off forecasts were.

    Called once in each process that scores, the first time it does. Every metric offered is computed for every run, so
    each parameter needs a default. Results are merged and failures survived as in `workbench_sources`.

    Returns
    -------
    iterable of Metric subclasses

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> import numpy as np
    >>> from workbench import Metric, hookimpl
    >>>
    >>> class WorstError(Metric, name="worst_error"):
    ...     '''Largest absolute error.'''
    ...
    ...     def score(self, actual, forecast, context):
    ...         return float(np.abs(forecast - actual).max())
    >>>
    >>> @hookimpl
    ... def workbench_metrics():
    ...     return [WorstError]
    """


@hookspec
def workbench_report_sections() -> Iterable[type[ReportSection]]:  # type: ignore[empty-body]
    """Offer sections of the report.

    Called once in each process that writes a report, the first time it does. Every section offered is rendered in
    every report, by rising `order`, so each parameter needs a default. A section that raises while it is rendered is
    named in its place, and the rest of the report stands. Results are merged and failures survived as in
    `workbench_sources`.

    Returns
    -------
    iterable of ReportSection subclasses

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> from html import escape
    >>> from workbench import ReportSection, hookimpl
    >>>
    >>> class Models(ReportSection, name="which_models"):
    ...     '''The models of the run, one line each.'''
    ...
    ...     title = "Which models"
    ...     order = 450
    ...
    ...     def render(self, run):
    ...         models = sorted(set(run.forecasts["model"]))
    ...         return "".join(f"<p>{escape(model)}</p>" for model in models)
    >>>
    >>> @hookimpl
    ... def workbench_report_sections():
    ...     return [Models]
    """


@hookspec
def workbench_run_started(run: Any) -> None:
    """Called once a run is planned and recorded, before its first fit; again when it is resumed.

    Fires in the driver process, never in a worker, for every listener, in no promised order. A listener that raises is
    named in a warning and stops neither the run nor the other listeners. What it returns is ignored. The run waits
    until it returns.

    Parameters
    ----------
    run : Run
        The run as it stands, readable while it goes on: `run.id`, `run.name`, `run.experiment`, `run.provenance`.
        `run.learning` and `run.forecasts` hold what has been committed so far.

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> from workbench import hookimpl
    >>>
    >>> @hookimpl
    ... def workbench_run_started(run):
    ...     symbols = ", ".join(run.experiment.symbols)
    ...     print(f"{run.id} '{run.name}' begins on {symbols}")
    """


@hookspec
def workbench_fold_finished(run: Any, fold: int) -> None:
    """Called once per fold, when what all models and seeds forecast in it has been committed to the store.

    Folds may finish in any order, and those of a resumed run that were finished before are not told again. It fires in
    the driver process, never in a worker; a listener that raises is named in a warning, as in `workbench_run_started`.

    Parameters
    ----------
    run : Run
        The run as it stands; `run.learning` and `run.forecasts` hold the fold already.
    fold : int
        Number of the fold, from 0.

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> from workbench import hookimpl
    >>>
    >>> @hookimpl
    ... def workbench_fold_finished(run, fold):
    ...     print(f"{run.id}: fold {fold} is done, {len(run.forecasts)} forecasts so far")
    """


@hookspec
def workbench_run_finished(run: Any) -> None:
    """Called once, when everything of a run is in the store.

    It fires in the driver process; a listener that raises is named in a warning, as in `workbench_run_started`.

    Parameters
    ----------
    run : Run
        The finished run, as `wb.run` returns it: `run.summary` and `run.scores` are there now.

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> import json
    >>> from pathlib import Path
    >>> from workbench import hookimpl
    >>>
    >>> @hookimpl
    ... def workbench_run_finished(run):
    ...     line = {"run": run.id, "name": run.name, "rmse": run.summary["rmse"].to_dict()}
    ...     with Path("tracker.jsonl").open("a", encoding="utf-8") as file:
    ...         print(json.dumps(line), file=file)
    """


@hookspec
def workbench_run_failed(run: Any, error: BaseException) -> None:
    """Called once, when a run stopped before its end; what it had finished is in the store and can be resumed.

    It fires in the driver process; a listener that raises is named in a warning, as in `workbench_run_started`. The
    error goes on to whoever asked for the run, whatever a listener does.

    Parameters
    ----------
    run : Run
        The run as it stands; `run.learning` and `run.forecasts` hold what had been committed.
    error : BaseException
        What stopped it; `KeyboardInterrupt` where somebody did.

    Notes
    -----
    .. versionadded:: 1.0

    Examples
    --------
    >>> from workbench import hookimpl
    >>>
    >>> @hookimpl
    ... def workbench_run_failed(run, error):
    ...     print(f"{run.id} stopped: {type(error).__name__}: {error}")
    """
