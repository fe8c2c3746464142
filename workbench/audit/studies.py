"""`Study`: one fold of a panel, as a forecaster meets it; it can be cut and changed after any moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.audit.futures import Factors, changed_panel
from workbench.audit.leak import Leak, compare_rows, earliest, spread
from workbench.contracts.arrays import FloatArray, IntArray, TimeArray
from workbench.contracts.calling import calling
from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.folds import WalkForward
from workbench.contracts.forecaster import FitContext, FitJob, FittedForecaster, Forecaster, Report
from workbench.contracts.origin import described
from workbench.contracts.panel import Panel
from workbench.contracts.prediction import Prediction
from workbench.contracts.target import Target
from workbench.contracts.use import Use
from workbench.contracts.windows import Windows
from workbench.errors import PluginError
from workbench.evaluation.folds import FoldRows, fold_rows, split_folds
from workbench.evaluation.pipeline import FoldScalers, fit_scalers, forecast_block, make_job, usable_rows
from workbench.evaluation.samples import Samples, build_samples, make_windows

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-5
"""Largest difference of two forecasts that is rounding, as a share of the scale that `forecast_scale` gives.

Networks compute in single precision (6e-8), and the same window may round otherwise in a batch of another size. A
forecast that depends on the future by more than a ten-thousandth of its spread is always found.
"""

Tables = dict[str, "pd.DataFrame"]
"""Forecasts by symbol: one row per origin, columns `point step 1`, `quantile 0.1 step 1` and so on."""

LoadedFeatures = Sequence[tuple[str, Feature | PanelFeature]]


def ignore_report(
    epoch: int,
    train_loss: float,
    validation_loss: float | None = None,
    validation_forecast: FloatArray | None = None,
) -> None:
    """Take a learning curve nobody asked for."""


@dataclass(frozen=True, eq=False)
class Study:
    """What a forecaster is to learn, and to forecast.

    Parameters
    ----------
    panel : Panel
    features : sequence of (label, feature)
    target : Target
    rows : FoldRows
        Training, validation and test origins of each symbol. They stay the same rows when the panel is cut.
    lookback, horizon : int
    seed : int
    scaler : Use
        For forecasters that are handed scaled windows.
    """

    panel: Panel
    features: LoadedFeatures
    target: Target
    rows: FoldRows
    lookback: int
    horizon: int
    seed: int = 1
    scaler: Use = field(default_factory=lambda: Use(name="standard"))

    def until(self, moment: np.datetime64) -> Study:
        """Return the study as it could be made at a moment after training: later bars and origins are not there."""
        rows = replace(self.rows, test=self.test_until(moment))
        return replace(self, panel=self.panel.until(moment), rows=rows)

    def changed(self, moment: np.datetime64, factors: Factors) -> Study:
        """Return the same study with everything changed that became known after `moment`."""
        return replace(self, panel=changed_panel(self.panel, moment, factors))

    def only(self, symbol: str) -> Study:
        """Return the study of one of its symbols."""
        parts = (self.rows.train, self.rows.validation, self.rows.test)
        rows = FoldRows(*({s: r for s, r in part.items() if s == symbol} for part in parts))
        return replace(self, panel=self.panel.only(symbol), rows=rows)

    def test_until(self, moment: np.datetime64) -> dict[str, IntArray]:
        """Return the test origins known at a moment."""
        return {s: rows[self._known(s)[rows] <= moment] for s, rows in self.rows.test.items()}

    @property
    def moments(self) -> TimeArray:
        """Moments at which test origins became known, increasing."""
        return np.unique(np.concatenate([self._known(s)[rows] for s, rows in self.rows.test.items()]))

    def _known(self, symbol: str) -> TimeArray:
        return self.panel[symbol]["known_at"].to_numpy()


@dataclass(frozen=True, eq=False)
class Desk:
    """A study laid out: samples computed, scalers fitted, ready to fit forecasters and ask them.

    Parameters
    ----------
    study : Study
    """

    study: Study

    @cached_property
    def samples(self) -> Samples:
        """Features and targets of the panel."""
        study = self.study
        return build_samples(study.panel, study.features, study.target, lookback=study.lookback, horizon=study.horizon)

    @cached_property
    def scalers(self) -> FoldScalers:
        """Scalers of the training rows."""
        return fit_scalers(self.study.scaler, self.samples, self.study.rows.train)

    @cached_property
    def target_spread(self) -> float:
        """Standard deviation of the one-step training targets, the mean over symbols."""
        parts = [spread(self.samples.by_symbol[s].y[r, :1])[0] for s, r in self.study.rows.train.items() if len(r)]
        return float(np.mean(parts))

    def job(self, forecaster: Forecaster, key: str = "audit", report: Report = ignore_report) -> FitJob:
        """Return the fit of the study, as a run would hand it over."""
        study, samples = self.study, self.samples
        symbols = study.panel.symbols
        context = FitContext(study.seed, study.target, study.horizon, samples.feature_names, symbols, report=report)
        return make_job(key, forecaster, samples, study.rows, self.scalers, symbols, context)

    def fit(self, forecaster: Forecaster, report: Report = ignore_report) -> FittedForecaster:
        """Fit a forecaster.

        Raises
        ------
        PluginError
            It raised, or returned something that cannot predict.
        """
        job = self.job(forecaster, report=report)
        with calling(forecaster, "fit", watched=False):
            fitted = forecaster.fit(job.train, job.validation, job.context)
        if not callable(getattr(fitted, "predict", None)):
            raise PluginError(
                f"{described(forecaster)} returned {type(fitted).__name__} from fit; expected a `FittedForecaster`."
            )
        return fitted

    def forecast(
        self, forecaster: Forecaster, fitted: FittedForecaster, test: Mapping[str, IntArray] | None = None
    ) -> tuple[Windows, Prediction]:
        """Forecast the test origins, or those given, in target units.

        Raises
        ------
        PluginError
            The forecaster raised, or returned the wrong shape or values that are not finite.
        """
        rows = {s: r for s, r in (self.study.rows.test if test is None else test).items() if len(r)}
        return forecast_block(forecaster, fitted, self.samples, rows, self.scalers)

    def predict(
        self, forecaster: Forecaster, fitted: FittedForecaster, test: Mapping[str, IntArray] | None = None
    ) -> Tables:
        """Return what `forecast` gives as tables."""
        return tables(*self.forecast(forecaster, fitted, test))

    def windows(self, forecaster: Forecaster) -> Windows:
        """Return the windows of the test origins as `predict` gets them."""
        seen = make_windows(self.samples, {s: r for s, r in self.study.rows.test.items() if len(r)}, with_targets=False)
        return self.scalers.scale(seen) if forecaster.scaled else seen

    def compare(self, whole: Tables, other: Tables, how: str) -> Leak | None:
        """Return the earliest forecast of `other` that differs from that of the same origin in `whole`."""
        leak: Leak | None = None
        for symbol, after in other.items():
            before = whole[symbol].loc[after.index]
            if list(before.columns) != list(after.columns):
                lost = sorted({*before.columns} ^ {*after.columns})
                return Leak(str(lost[0]), 0, str(after.index[0]), f"{how} (other columns)", np.nan, np.nan)
            scale = forecast_scale(whole[symbol].to_numpy(), self.target_spread)
            where = symbol if len(self.study.panel.symbols) > 1 else ""
            columns = [str(c) for c in after.columns]
            found = compare_rows(
                before.to_numpy(), after.to_numpy(), scale, columns, after.index, how, where, TOLERANCE
            )
            leak = earliest(leak, found)
        return leak


def make_studies(
    panel: Panel,
    features: LoadedFeatures,
    target: Target,
    folds: WalkForward,
    *,
    lookback: int,
    horizon: int,
    validation: float = 0.1,
) -> list[Study]:
    """Return a study of every fold of a panel, earliest first.

    Raises
    ------
    DataError
        The panel is too short for them.
    """
    samples = build_samples(panel, features, target, lookback=lookback, horizon=horizon)
    times = panel.times
    studies = []
    for fold in split_folds(folds, times, horizon):
        rows = usable_rows(samples, fold_rows(fold, samples.known_at, times, horizon, validation), fold.number)
        studies.append(Study(panel, features, target, rows, lookback, horizon))
    return studies


def tables(windows: Windows, prediction: Prediction) -> Tables:
    """Lay a block's forecasts out by symbol and origin."""
    import pandas as pd

    columns = {f"point step {k + 1}": prediction.point[:, k] for k in range(windows.horizon)}
    if prediction.levels is not None and prediction.quantiles is not None:
        for j, level in enumerate(prediction.levels):
            for k in range(windows.horizon):
                columns[f"quantile {level:g} step {k + 1}"] = prediction.quantiles[:, k, j]
    frame = pd.DataFrame(columns, index=pd.DatetimeIndex(windows.origins, name="origin"))
    return {str(s): frame[windows.symbols == s] for s in dict.fromkeys(windows.symbols)}


def forecast_scale(values: FloatArray, target_spread: float) -> FloatArray:
    """Return the scale of each column of forecasts, of shape (n_columns,), of which `TOLERANCE` is rounding.

    The spread of the forecasts themselves; and, because a network that forecasts nearly the same number everywhere
    still rounds in units of its targets, a tenth of the targets' spread, but never more than the forecasts' size.
    """
    size = np.sqrt(np.mean(np.square(values), axis=0))
    scale: FloatArray = spread(values) + np.minimum(0.1 * target_spread, size)
    return scale
