"""Trading the forecasts: signals, and a backtest for every model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.contracts.arrays import Forecasts
from workbench.contracts.backtest import Backtest, BacktestContext
from workbench.contracts.calling import calling
from workbench.contracts.origin import described
from workbench.contracts.panel import Panel
from workbench.contracts.strategy import Strategy
from workbench.contracts.use import Use
from workbench.data.periods import panel_periods_per_year
from workbench.errors import DataError, PluginError
from workbench.evaluation.pipeline import expected_return, forecast_prices
from workbench.evaluation.quantiles import quantile_columns, with_quantile_columns
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import BUY_AND_HOLD, Resolved
from workbench.plan.strategies import ways_to_trade
from workbench.registry.registry import Registry
from workbench.runs.signals import ask_strategy, flat_after_blocks, flat_outside, traded_signals, wait_for_trading

if TYPE_CHECKING:
    from workbench.contracts.target import Target

FORECAST_COLUMNS = [
    *("model", "symbol", "seed", "fold", "origin", "step"),
    *("target_time", "last_price", "forecast", "price", "expected_return"),
]
"""What a strategy may read of a forecast beside its quantiles; what happened is not among it."""


@dataclass(frozen=True, eq=False)
class Traded:
    """Signals and backtest of one model; `seed` is None for the mean forecast over seeds."""

    model: str
    seed: int | None
    signals: pd.DataFrame
    backtest: Backtest


def mean_over_seeds(forecasts: Forecasts, target: Target) -> Forecasts:
    """Average one model's forecasts over seeds, in target units, and turn the mean into prices.

    Quantiles are averaged level by level, which leaves them in order, and stand in columns such as `q0.1`.
    """
    where = ["model", "symbol", "fold", "origin", "step", "target_time", "last_price"]
    rows = with_quantile_columns(forecasts)
    quantiles = quantile_columns(rows)
    mean = rows.groupby(where, sort=True)[["forecast", *quantiles]].mean().reset_index()
    price = pd.Series(float("nan"), index=mean.index)
    for _, step in mean.groupby("step"):
        answer = forecast_prices(target, step[["forecast"]].to_numpy(), step["last_price"].to_numpy())
        price.loc[step.index] = answer[:, 0]
    last = np.asarray(mean["last_price"], dtype=np.float64)
    mean["seed"], mean["price"] = pd.NA, price
    mean["expected_return"] = expected_return(np.asarray(price, dtype=np.float64), last)
    return mean[[*FORECAST_COLUMNS, *quantiles]]


def forecasts_of_seed(forecasts: Forecasts, seed: int) -> Forecasts:
    """Return what a strategy may read of one model's forecasts from one seed."""
    rows = with_quantile_columns(forecasts[forecasts["seed"] == seed])
    return rows[[*FORECAST_COLUMNS, *quantile_columns(rows)]]


def trade_forecasts(
    resolved: Resolved, forecasts: Forecasts, panel: Panel, registry: Registry
) -> tuple[list[Traded], list[str]]:
    """Trade every model (the mean over its seeds, and each seed if there are several) and buy and hold.

    All backtests start at the same bar, the first origin of the run, and end at its last target. Models are
    flat wherever nothing was forecast; buy and hold holds throughout, in a universe as long as a symbol is a member.
    Nothing is traded, nor held, where forecasts say nothing of price and the strategy takes no position for want of it.

    Returns
    -------
    traded : list of Traded
    notes : list of str
        What could not be traded and why, such as a price that is not positive; it is scored all the same.
    """
    if resolved.strategy is None:
        return [], []
    bars = _tested(panel, forecasts, goes_on=resolved.universe is not None)
    desk = _Desk(resolved, bars, _context(bars, forecasts, resolved.experiment))
    for model in resolved.models:
        mine = forecasts[forecasts["model"] == model.label]
        desk.trade(resolved.strategy, model.label, None, mean_over_seeds(mine, resolved.target))
        seeds = sorted(mine["seed"].unique())
        for seed in seeds if len(seeds) > 1 else ():
            desk.trade(resolved.strategy, model.label, int(seed), forecasts_of_seed(mine, seed))
    idle = desk.idle()
    if idle and not resolved.strategy.for_targets and forecasts["price"].isna().all():
        return [], [*desk.notes, _priceless_note(resolved.strategy, resolved.target, registry)]
    if idle:
        desk.notes.append(_idle_note(resolved.strategy))
    hold = registry.create("strategy", Use(name=BUY_AND_HOLD), Strategy)
    headline = forecasts[forecasts["model"] == resolved.headline.label]
    desk.trade(hold, BUY_AND_HOLD, None, mean_over_seeds(headline, resolved.target), holds=True)
    return desk.traded, desk.notes


def _priceless_note(strategy: Strategy, target: Target, registry: Registry) -> str:
    return (
        f"The forecasts were not traded: those of {target.name!r} say nothing of price, and {strategy.name!r} "
        f"goes by the price. {ways_to_trade(target, registry)}"
    )


def _idle_note(strategy: Strategy) -> str:
    return (
        f"No model was traded: the strategy {strategy.label!r} took no position at any origin. "
        f"`workbench plugins info {strategy.name}` says what it waits for."
    )


def _tested(panel: Panel, forecasts: Forecasts, *, goes_on: bool) -> Panel:
    """Cut the panel after each symbol's last target; after the last of all where what leaves is sold at its open."""
    last = forecasts.groupby("symbol")["target_time"].max()
    if goes_on:
        last[:] = last.max()
    return Panel({s: panel[s].loc[: last[s]] for s in panel if s in last.index}, panel.interval)


def _context(panel: Panel, forecasts: Forecasts, asked: Experiment) -> BacktestContext:
    labels = {s: pd.DatetimeIndex(panel[s].index) for s in panel}
    periods = panel_periods_per_year(labels, panel.interval, {s: asked.calendar_of(s) for s in panel})
    return BacktestContext(periods, forecasts["origin"].min())


def _holds_any(signals: pd.DataFrame) -> bool:
    return bool(signals["position"].fillna(0).ne(0).any())


@dataclass(frozen=True)
class _Desk:
    """Trades one model after the other on the same bars, under the same conditions."""

    resolved: Resolved
    panel: Panel
    context: BacktestContext
    traded: list[Traded] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Models that took positions which could not be backtested."""

    def trade(
        self, strategy: Strategy, model: str, seed: int | None, forecasts: Forecasts, *, holds: bool = False
    ) -> None:
        holds_any = False
        try:
            signals = ask_strategy(strategy, forecasts, self.panel)
            if not holds:
                signals = flat_after_blocks(signals, forecasts, self.panel)
            elif self.resolved.universe is not None:
                signals = flat_outside(signals, self.resolved.universe, self.panel)
            signals = wait_for_trading(signals, self.panel)
            holds_any = _holds_any(signals)
            backtest = self._backtest(signals)
        except DataError as err:
            self.notes.append(f"{model} was not traded: {err}")
            if holds_any:
                self.failed.append(model)
        else:
            self.traded.append(Traded(model, seed, signals.reset_index(), backtest))

    def idle(self) -> bool:
        """Whether models were traded so far and none of all ever took a position, be it one that failed."""
        return bool(self.traded) and not self.failed and not any(_holds_any(t.signals) for t in self.traded)

    def _backtest(self, signals: pd.DataFrame) -> Backtest:
        engine, costs = self.resolved.engine, self.resolved.experiment.costs
        with calling(engine, "run"):
            answer = engine.run(self.panel.copy(), traded_signals(signals).copy(), costs, self.context)
        if not isinstance(answer, Backtest):
            raise PluginError(f"{described(engine)} returned {type(answer).__name__} from run; expected a `Backtest`.")
        return answer
