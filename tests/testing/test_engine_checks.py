"""Each check of engines, with the built-in engine spoilt in one way."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from pydantic import PrivateAttr

from workbench import Costs, Panel
from workbench.testing import CHECKS, check_plugin, engines
from workbench_backtesting import BacktestingEngine


def results(plugin, only=None):
    return {result.check: result for result in check_plugin(plugin, only)}


def failure(plugin, check):
    result = results(plugin, [check])[check]
    assert not result.passed
    return result


def test_the_built_in_engine_passes_every_check(monkeypatch):
    monkeypatch.setattr(engines, "SECONDS", 0.2)  # some moments of each market; all of them in test_builtins.py
    found = results(BacktestingEngine)

    assert set(found) == {check.name for check in CHECKS["engine"]}
    assert [r for r in found.values() if not r.passed] == []


class Early(BacktestingEngine, name="early"):
    """Wrong: a signal fills at the open of the bar at whose close it was decided."""

    def run(self, panel_or_bars, signals, costs, context):
        early = signals.copy()
        pairs = [(self.before(panel_or_bars[symbol], origin), symbol) for origin, symbol in signals.index]
        early.index = pd.MultiIndex.from_tuples(pairs, names=signals.index.names)
        return super().run(panel_or_bars, early[~early.index.duplicated(keep="last")], costs, context)

    def before(self, bars, origin):
        return bars.index[max(bars.index.get_loc(origin) - 1, 0)]


class Foresight(BacktestingEngine, name="foresight"):
    """Wrong: leaves out what would lose money within three bars."""

    def run(self, panel_or_bars, signals, costs, context):
        wins = [self.move(panel_or_bars[symbol], origin) >= 0 for origin, symbol in signals.index]
        return super().run(panel_or_bars, signals.mul(np.array(wins, dtype=float), axis=0), costs, context)

    def move(self, bars, origin):
        row = bars.index.get_loc(origin)
        return bars["close"].iloc[min(row + 3, len(bars) - 1)] - bars["close"].iloc[row]


class Shifted(BacktestingEngine, name="shifted"):
    """Wrong: equity a bar too late."""

    def run(self, panel_or_bars, signals, costs, context):
        backtest = super().run(panel_or_bars, signals, costs, context)
        return replace(backtest, equity=backtest.equity.shift(1, fill_value=self.cash))


class Broke(BacktestingEngine, name="broke"):
    """Wrong: begins with less than its cash."""

    def run(self, panel_or_bars, signals, costs, context):
        backtest = super().run(panel_or_bars, signals, costs, context)
        return replace(backtest, equity=backtest.equity * 0.9)


class Free(BacktestingEngine, name="free"):
    """Wrong: trading costs nothing."""

    def run(self, panel_or_bars, signals, costs, context):
        return super().run(panel_or_bars, signals, Costs(), context)

    def simulate(self, bars, orders, costs, cash):
        return super().simulate(bars, [replace(order, stop=None) for order in orders], costs, cash)


class Percents(BacktestingEngine, name="percents"):
    """Wrong: percents, and a number for what is undefined."""

    def run(self, panel_or_bars, signals, costs, context):
        backtest = super().run(panel_or_bars, signals, costs, context)
        stats = {name: value if value is None else 100 * value for name, value in backtest.stats.items()}
        return replace(backtest, stats=stats)


class NoReasons(BacktestingEngine, name="no_reasons"):
    """Wrong: does not say why."""

    def run(self, panel_or_bars, signals, costs, context):
        return replace(super().run(panel_or_bars, signals, costs, context), reasons={})


class Rebalancing(BacktestingEngine, name="rebalancing"):
    """Wrong: takes NaN for zero."""

    def run(self, panel_or_bars, signals, costs, context):
        return super().run(panel_or_bars, signals.fillna(0.0), costs, context)


class NeedsVolume(BacktestingEngine, name="needs_volume"):
    """Wrong: trades nothing where no volume is known."""

    def run(self, panel_or_bars, signals, costs, context):
        traded = all(panel_or_bars[s]["volume"].notna().all() for s in panel_or_bars)
        return super().run(panel_or_bars, signals if traded else signals * 0.0, costs, context)


class Lacking(BacktestingEngine, name="lacking"):
    """Wrong: trades without their commission."""

    def run(self, panel_or_bars, signals, costs, context):
        backtest = super().run(panel_or_bars, signals, costs, context)
        return replace(backtest, trades=backtest.trades.drop(columns="commission"))


class Invested(BacktestingEngine, name="invested"):
    """Wrong: never out of the market."""

    def run(self, panel_or_bars, signals, costs, context):
        return super().run(panel_or_bars, signals.replace(0.0, 0.1), costs, context)


class Generous(BacktestingEngine, name="generous"):
    """Wrong: fills what was decided on the last bar, at its close."""

    def run(self, panel_or_bars, signals, costs, context):
        longer = {}
        for symbol in panel_or_bars:
            bars = panel_or_bars[symbol]
            more = bars.iloc[-1:].assign(known_at=bars["known_at"].iloc[-1] + pd.Timedelta(days=1))
            longer[symbol] = pd.concat([bars, more.set_axis(more.index + pd.Timedelta(days=1))])
        return super().run(Panel(longer), signals, costs, context)


@pytest.mark.parametrize(
    ("engine", "check", "said"),
    [
        (Early, "fills_at_the_next_open", "expected the opens of bars 2 and 4"),
        (Broke, "equity_on_the_bars", "equity begins with 90000"),
        (Lacking, "tables_have_their_columns", "lacks commission"),
        (Shifted, "equity_is_cash_and_holdings", "add up to"),
        (Free, "costs_are_as_stated", "half the spread"),
        (Free, "orders_as_worked_by_hand", "the stop comes first"),
        (Percents, "statistics_are_fractions", "as a fraction"),
        (NoReasons, "statistics_are_fractions", "without a reason"),
        (Rebalancing, "constant_signal_holds", "NaN at every bar"),
        (Invested, "flat_keeps_cash", "signals of zero"),
        (NeedsVolume, "odd_input", "no volume"),
        (Generous, "last_bar_never_fills", "there is no next open"),
    ],
)
def test_a_spoilt_engine_fails_with_the_reason(engine, check, said):
    assert said in failure(engine, check).reason


@pytest.mark.parametrize("engine", [Early, Foresight])
def test_an_engine_that_looks_ahead_is_found(engine):
    found = failure(engine, "no_look_ahead")

    assert found.column
    assert "it depends on what came later" in found.reason


class Careless(BacktestingEngine, name="careless"):
    """Wrong in all that it touches."""

    seen: ClassVar[list[int]] = []
    _calls: int = PrivateAttr(0)

    def run(self, panel_or_bars, signals, costs, context):
        self.seen.append(len(signals))
        self._calls += 1
        signals *= 0.99 ** len(self.seen)
        return super().run(panel_or_bars, signals, costs, context)


@pytest.mark.parametrize("check", ["input_is_unchanged", "plugin_is_unchanged", "shares_nothing", "same_numbers_again"])
def test_a_careless_engine_fails(check):
    failure(Careless, check)
