"""Trading the forecasts: signals, and a backtest for every model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.contracts.arrays import Forecasts
from workbench.contracts.backtest import Backtest, BacktestContext
from workbench.contracts.panel import Panel
from workbench.contracts.strategy import Strategy
from workbench.contracts.use import Use
from workbench.data.periods import periods_per_year
from workbench.errors import PluginError, WorkbenchError
from workbench.evaluation.pipeline import expected_return
from workbench.plan.resolve import BUY_AND_HOLD, Resolved
from workbench.registry.registry import Registry

if TYPE_CHECKING:
    from workbench.contracts.target import Target

FORECAST_COLUMNS = [
    *("model", "symbol", "seed", "fold", "origin", "step"),
    *("target_time", "last_price", "forecast", "price", "expected_return"),
]
"""What a strategy may read of a forecast; what happened is not among it."""


@dataclass(frozen=True, eq=False)
class Traded:
    """Signals and backtest of one model; `seed` is None for the mean forecast over seeds."""

    model: str
    seed: int | None
    signals: pd.DataFrame
    backtest: Backtest


def mean_over_seeds(forecasts: Forecasts, target: Target) -> Forecasts:
    """Average one model's forecasts over seeds, in target units, and turn the mean into prices."""
    where = ["model", "symbol", "fold", "origin", "step", "target_time", "last_price"]
    mean = forecasts.groupby(where, sort=True)["forecast"].mean().reset_index()
    price = pd.Series(float("nan"), index=mean.index)
    for _, step in mean.groupby("step"):
        answer = target.to_price(step[["forecast"]].to_numpy(), step["last_price"].to_numpy())
        if answer is not None:
            price.loc[step.index] = answer[:, 0]
    last = np.asarray(mean["last_price"], dtype=np.float64)
    mean["seed"], mean["price"] = pd.NA, price
    mean["expected_return"] = expected_return(np.asarray(price, dtype=np.float64), last)
    return mean[FORECAST_COLUMNS]


def trade_forecasts(resolved: Resolved, forecasts: Forecasts, panel: Panel, registry: Registry) -> Iterator[Traded]:
    """Trade every model (the mean over its seeds, and each seed if there are several) and buy and hold.

    All backtests start at the same bar, the first origin of the run, and end at its last target.
    """
    if resolved.strategy is None:
        return
    bars = _tested(panel, forecasts)
    context = _context(bars, forecasts)
    for model in resolved.models:
        mine = forecasts[forecasts["model"] == model.label]
        mean = mean_over_seeds(mine, resolved.target)
        yield _trade(resolved, resolved.strategy, model.label, None, mean, bars, context)
        seeds = sorted(mine["seed"].unique())
        for seed in seeds if len(seeds) > 1 else ():
            part = mine.loc[mine["seed"] == seed, FORECAST_COLUMNS]
            yield _trade(resolved, resolved.strategy, model.label, int(seed), part, bars, context)
    hold = registry.create("strategy", Use(name=BUY_AND_HOLD), Strategy)
    first = mean_over_seeds(forecasts[forecasts["model"] == resolved.headline.label], resolved.target)
    yield _trade(resolved, hold, BUY_AND_HOLD, None, first, bars, context)


def _tested(panel: Panel, forecasts: Forecasts) -> Panel:
    """Cut the panel after each symbol's last target, so that no bar is traded that was not forecast."""
    last = forecasts.groupby("symbol")["target_time"].max()
    return Panel({s: panel[s].loc[: last[s]] for s in panel if s in last.index}, panel.interval)


def _context(panel: Panel, forecasts: Forecasts) -> BacktestContext:
    labels = max((panel[s].index for s in panel), key=len)
    assert isinstance(labels, pd.DatetimeIndex)
    return BacktestContext(periods_per_year(labels, panel.interval), forecasts["origin"].min())


def _trade(
    resolved: Resolved,
    strategy: Strategy,
    model: str,
    seed: int | None,
    forecasts: Forecasts,
    panel: Panel,
    context: BacktestContext,
) -> Traded:
    rows = forecasts[forecasts["step"] == strategy.step].drop_duplicates(["origin", "symbol"], keep="last")
    try:
        signals = strategy.signals(rows.reset_index(drop=True), panel)
        backtest = resolved.engine.run(panel, signals, resolved.experiment.costs, context)
    except WorkbenchError:
        raise
    except Exception as err:
        who = f"strategy {strategy.label!r} or engine {resolved.engine.label!r}"
        raise PluginError(f"{who} failed on {model!r}: {type(err).__name__}: {err}") from err
    return Traded(model, seed, _signal_frame(signals, strategy), backtest)


def _signal_frame(signals: pd.Series | pd.DataFrame, strategy: Strategy) -> pd.DataFrame:
    frame = signals.to_frame("position") if isinstance(signals, pd.Series) else signals
    if list(frame.index.names) != ["origin", "symbol"]:
        raise PluginError(f"strategy {strategy.label!r} must index its signals by (origin, symbol).")
    return frame.reindex(columns=["position", "stop", "take_profit"]).reset_index()
