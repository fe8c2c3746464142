"""Signals traded: timing, sizing, starts, several symbols, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from markets import bars_of, costs_strategy, rows_of_bars
from reference_engine import Reference

from workbench import BacktestContext, Costs, DataError, Panel, PluginError, size_order
from workbench_backtesting import BacktestingEngine, workbench_engines

FREE = Costs()
DEAR = Costs(commission=0.01, spread=0.02)
LOT = 1e-6
RISING = [(10, 10, 10, 10), (10, 12, 10, 12), (12, 15, 12, 15), (15, 15, 9, 9), (9, 9, 9, 9)]


def signals_of(bars, values, symbol="A"):
    index = pd.MultiIndex.from_product([bars.index[: len(values)], [symbol]], names=["origin", "symbol"])
    return pd.Series(values, index=index, dtype=float)


def context(start=None, per_year=252.0):
    return BacktestContext(per_year, None if start is None else pd.Timestamp(start))


def run(rows, values, costs=FREE, start=None, **fields):
    bars = bars_of(rows)
    return BacktestingEngine(**fields).run(bars, signals_of(bars, values), costs, context(start))


def refer(rows, values, costs, cash=100_000.0, brackets=None):
    """Trade changes of the signal on the reference account, sized at the open."""
    before = 0.0

    def decide(account, bar):
        nonlocal before
        signal = values[bar - 1] if bar <= len(values) else np.nan
        if np.isnan(signal) or signal == before:
            return []
        before = signal
        price = account.bars[bar][0]
        units = size_order(signal, account.cash + account.units * price, account.units, price, costs, LOT)
        stop, goal = (None, None) if brackets is None else brackets[bar - 1]
        return [(bar, units, None, stop, goal)] if units else []

    return Reference(rows, costs, cash).run(decide)


def test_a_signal_fills_at_the_next_open_and_not_at_the_close_it_was_made_from():
    rows = [(10, 10, 10, 10), (20, 20, 20, 20), (40, 40, 40, 40)]

    backtest = run(rows, [1, 1, 1])

    assert backtest.equity.tolist() == pytest.approx([100_000, 100_000, 200_000], abs=1e-3)
    assert backtest.open_trades["entry_price"].tolist() == [20]
    assert backtest.open_trades["symbol"].tolist() == ["A"]


def test_only_a_change_of_the_signal_trades_and_positions_drift_in_between():
    backtest = run(RISING, [0.5, 0.5, np.nan, 0.5])

    assert len(backtest.orders) == 1
    assert backtest.open_trades["units"].tolist() == pytest.approx([5_000])
    assert backtest.exposure.tolist()[:3] == pytest.approx([0, 60 / 110, 75 / 125])


def test_missing_signals_keep_the_position_and_zero_closes_it():
    backtest = run(RISING, [1, np.nan, 0, np.nan])

    assert backtest.orders["decided"].tolist() == [backtest.equity.index[0], backtest.equity.index[2]]
    assert backtest.trades["exit_price"].tolist() == [15]
    assert backtest.open_trades.empty


def test_a_flip_with_costs_fills_and_lists_both_trades():
    backtest = run(RISING, [1, -1, 1, 0], DEAR)

    assert (backtest.orders["status"] == "filled").all()
    assert np.sign(backtest.trades["units"]).tolist() == [1, -1, 1]
    assert backtest.stats["n_trades"] == 3


def test_a_signal_on_the_last_bar_is_listed_and_never_filled():
    backtest = run(RISING, [0, 0, 0, 0, 1])

    order = backtest.orders.iloc[-1]
    assert (order["status"], np.isnan(order["units"])) == ("dropped", True)
    assert "last bar" in order["reason"]
    assert backtest.stats["commission_paid"] == 0


def test_statistics_are_annualised_with_the_periods_given():
    backtest = run(RISING, [1, 1, 1, 1])

    returns = backtest.equity.pct_change().iloc[1:]
    assert backtest.stats["sharpe"] == pytest.approx(returns.mean() / returns.std() * np.sqrt(252))
    assert backtest.stats["periods_per_year"] == 252
    assert backtest.stats["exposure_time"] == pytest.approx(0.8)


def test_equity_begins_at_the_first_signal_unless_a_start_is_given():
    bars = bars_of(RISING)
    late = signals_of(bars, [1, 1, 1]).iloc[1:]

    by_signal = BacktestingEngine().run(bars, late, FREE, context())
    by_start = BacktestingEngine().run(bars, late, FREE, context(bars.index[0]))

    assert by_signal.equity.index[0] == bars.index[1]
    assert by_start.equity.index[0] == bars.index[0]
    assert by_start.equity.iloc[0] == by_start.equity.iloc[1] == 100_000
    assert by_start.equity.iloc[-1] == by_signal.equity.iloc[-1]


def test_a_later_start_begins_flat_with_the_signal_that_stands_then():
    backtest = run(RISING, [0.2, 1, np.nan, np.nan], start="2024-01-03")
    fresh = run(RISING[2:], [1, np.nan])

    assert backtest.equity.tolist() == fresh.equity.tolist()
    assert len(backtest.orders) == 1


def test_a_start_between_bars_begins_at_the_next_one():
    backtest = run(RISING, [1, 1, 1], start="2024-01-02 12:00")

    assert backtest.equity.index[0] == pd.Timestamp("2024-01-03")
    assert backtest.open_trades["entry_time"].tolist() == [pd.Timestamp("2024-01-04")]


def test_no_signal_since_the_start_leaves_the_cash_alone():
    bars = bars_of(RISING)
    none = signals_of(bars, [])

    backtest = BacktestingEngine().run(bars, none, FREE, context("2024-01-01"))

    assert backtest.equity.tolist() == [100_000] * 5
    with pytest.raises(PluginError, match="no signals and no start"):
        BacktestingEngine().run(bars, none, FREE, context())


def test_stops_and_take_profits_close_the_position_until_the_signal_changes():
    bars = bars_of([*RISING, (9, 9, 9, 9), (9, 9, 9, 9)])
    frame = signals_of(bars, [1, 1, 1, 1, 1, 0.5]).to_frame("position").assign(stop=9.5, take_profit=np.nan)

    backtest = BacktestingEngine().run(bars, frame, FREE, context())

    assert backtest.trades["exit_price"].tolist() == [9.5, 9]
    assert backtest.trades["exit_time"].tolist() == [bars.index[3], bars.index[6]]
    assert backtest.orders["units"].tolist() == pytest.approx([10_000, 95_000 * 0.5 / 9], abs=1e-6)
    assert backtest.trades["pnl"].iloc[1] == 0  # below its stop when it fills: out at the same open


def test_a_closing_signal_leaves_at_the_open_even_if_the_target_is_reached_later_in_the_bar():
    bars = bars_of([(10, 10, 10, 10), (10, 10, 10, 10), (10, 20, 10, 20)])
    frame = signals_of(bars, [1, 0]).to_frame("position").assign(take_profit=15.0)

    backtest = BacktestingEngine().run(bars, frame, FREE, context())

    assert backtest.trades["exit_price"].tolist() == [10]
    assert backtest.open_trades.empty


def test_each_symbol_trades_its_own_share_and_the_accounts_are_summed():
    one, two = bars_of(RISING), bars_of(RISING[::-1], start="2024-01-03")
    signals = pd.concat([signals_of(one, [1, 1, 0]), signals_of(two, [-1, 0.5, 0], "B")])
    engine = BacktestingEngine(cash=50_000)

    both = BacktestingEngine().run(Panel({"A": one, "B": two}), signals, DEAR, context())
    alone = [
        engine.run(bars, signals[signals.index.get_level_values("symbol") == s], DEAR, context("2024-01-01"))
        for s, bars in (("A", one), ("B", two))
    ]

    union = one.index.union(two.index)
    shares = [a.equity.reindex(union).ffill().fillna(50_000) for a in alone]
    np.testing.assert_allclose(both.equity, sum(shares), rtol=1e-12)
    assert list(both.equity.index) == list(union)
    assert both.trades["symbol"].tolist() == ["A", "B", "B"]
    held = sum((a.exposure * a.equity).reindex(union).ffill().fillna(0) for a in alone)
    np.testing.assert_allclose(both.exposure, held / both.equity, rtol=1e-12)


def test_bars_and_a_panel_of_one_symbol_are_the_same():
    bars = bars_of(RISING)
    signals = signals_of(bars, [1, -1, 0.3])

    frame = BacktestingEngine().run(bars, signals, DEAR, context())
    panel = BacktestingEngine().run(Panel({"A": bars}), signals, DEAR, context())

    pd.testing.assert_series_equal(frame.equity, panel.equity)
    pd.testing.assert_frame_equal(frame.trades, panel.trades)


BARS = bars_of(RISING)
INDEX = ["origin", "symbol"]


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        (signals_of(BARS, [1, 1.5]), r"is 1.5; expected"),
        (signals_of(BARS, [1, -np.inf]), r"\[-1, 1\]"),
        (signals_of(BARS, [1]).rename_axis(["time", "symbol"]), "expected \\(origin, symbol\\)"),
        (pd.Series([1.0], index=BARS.index[:1]), "expected \\(origin, symbol\\)"),
        (pd.concat([signals_of(BARS, [1])] * 2), "twice"),
        (signals_of(BARS, [1], "Z"), "'Z'"),
        (signals_of(BARS.set_axis(BARS.index + pd.Timedelta(hours=1)), [1]), "no bar"),
        (signals_of(BARS, [1]).to_frame("signal"), "position"),
        (signals_of(BARS, [1]).astype(object).replace(1.0, "long"), "numbers"),
        ([1.0], "a list"),
        (signals_of(BARS, [1]).to_frame("position").assign(stop=-1.0), "no positive price"),
    ],
)
def test_signals_that_break_the_contract_are_refused(signals, reason):
    with pytest.raises(PluginError, match=reason):
        BacktestingEngine().run(Panel({"A": BARS}), signals, FREE, context())


def test_one_set_of_bars_has_one_symbol():
    signals = pd.concat([signals_of(BARS, [1]), signals_of(BARS, [1], "B")])

    with pytest.raises(PluginError, match="A, B"):
        BacktestingEngine().run(BARS, signals, FREE, context())


def test_a_start_after_the_last_bar_is_refused():
    with pytest.raises(PluginError, match="no bar at or after"):
        run(RISING, [1], start="2030-01-01")


def test_a_purchase_at_a_negative_price_is_refused():
    with pytest.raises(DataError, match="positive price"):
        run([(10, 10, 10, 10), (-37, 10, -37, 10)], [1])


def test_a_signal_a_hair_above_one_is_one():
    assert run(RISING, [1 + 1e-15]).equity.tolist() == run(RISING, [1]).equity.tolist()


@pytest.mark.parametrize("price", [1e-12, 1e-7, 100])
def test_any_price_can_be_traded(price):
    rows = [tuple(price * p for p in row) for row in RISING]
    values = [1, -1, 0.3, 0]

    backtest = run(rows, values, DEAR)

    np.testing.assert_allclose(backtest.equity, run(RISING, values, DEAR).equity, rtol=1e-6)
    assert backtest.open_trades.empty


def test_a_position_beyond_counting_asks_for_a_larger_lot():
    prices = [1, 1, 100, 1, 1]

    with pytest.raises(DataError, match="larger `lot`"):
        run([(p, p, p, p) for p in prices], [1, -1, 1], lot=1e-300)


def test_rejected_signals_are_an_error(monkeypatch):
    monkeypatch.setattr("workbench_backtesting._tickets.size_order", lambda *_: 1e9)

    with pytest.raises(PluginError, match="rejected"):
        run(RISING, [1])


def test_an_order_that_backtesting_py_cancels_is_an_error(monkeypatch):
    monkeypatch.setattr("workbench_backtesting._market._BOTTOMLESS", 20.0)
    warnings.simplefilter("ignore")

    with pytest.raises(PluginError, match="cancelled an order"):
        run(RISING, [1])


def test_nothing_is_printed_and_no_progress_bar_is_drawn(monkeypatch, capfd):
    from backtesting import backtesting as library

    def noisy(bars, **_):
        print("a progress bar")
        return bars

    monkeypatch.setattr(library, "_tqdm", noisy)

    run(RISING, [1, 0, -1])

    assert capfd.readouterr() == ("", "")
    assert library._tqdm is noisy


def test_the_plugin_is_offered_without_importing_backtesting_py():
    code = "import sys, workbench_backtesting as w; w.workbench_engines(); print('backtesting' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"
    assert [cls.name for cls in workbench_engines()] == ["backtesting"]


signal_lists = st.lists(st.sampled_from([np.nan, 0.0, 1.0, -1.0, 0.5, -0.3, 0.999]), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=rows_of_bars(), values=signal_lists, costs=costs_strategy())
def test_random_signals_give_the_reference_equity_and_always_fill(rows, values, costs):
    values = values[: len(rows)]

    backtest = run(rows, values, costs)
    reference = refer(rows, values, costs)

    np.testing.assert_allclose(backtest.equity, reference.equity, rtol=1e-9, atol=1e-6)
    assert not (backtest.orders["status"] == "rejected").any()
    decided = backtest.equity.index.get_indexer(backtest.orders["decided"])
    entries = backtest.equity.index.get_indexer(
        pd.concat([backtest.trades["entry_time"], backtest.open_trades["entry_time"]])
    )
    assert set(entries) <= {row + 1 for row in decided}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=rows_of_bars(), values=signal_lists, costs=costs_strategy(), data=st.data())
def test_random_signals_with_stops_give_the_reference_equity(rows, values, costs, data):
    values = values[: len(rows)]
    price = st.none() | st.integers(35, 75).map(float)
    brackets = data.draw(st.lists(st.tuples(price, price), min_size=len(values), max_size=len(values)))
    bars = bars_of(rows)
    frame = signals_of(bars, values).to_frame("position")
    frame[["stop", "take_profit"]] = np.array(brackets, dtype=float)

    backtest = BacktestingEngine().run(bars, frame, costs, context())
    reference = refer(rows, values, costs, brackets=brackets)

    np.testing.assert_allclose(backtest.equity, reference.equity, rtol=1e-9, atol=1e-6)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=rows_of_bars(min_size=3), values=signal_lists, costs=costs_strategy(), data=st.data())
def test_later_bars_and_signals_never_change_earlier_equity(rows, values, costs, data):
    values = values[: len(rows)]
    cut = data.draw(st.integers(1, len(rows) - 1))
    later = [(first * 1.5, high * 2, low / 2, last * 0.7) for first, high, low, last in rows[cut:]]

    whole = run(rows, values, costs)
    other = run([*rows[:cut], *later], values[:cut], costs)

    np.testing.assert_array_equal(whole.equity.iloc[:cut], other.equity.iloc[:cut])
    assert len(other.equity) == len(whole.equity)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=rows_of_bars(), values=signal_lists, costs=costs_strategy())
def test_equity_is_cash_plus_what_the_trades_earned_and_hold(rows, values, costs):
    backtest = run(rows, values[: len(rows)], costs)
    assume(backtest.equity.iloc[-1] > 0)

    earned = backtest.trades["pnl"].sum() + backtest.open_trades["pnl"].sum()
    held = backtest.open_trades["units"].sum() * rows[-1][3]

    assert backtest.equity.iloc[-1] == pytest.approx(100_000 + earned, rel=1e-9)
    assert backtest.exposure.iloc[-1] * backtest.equity.iloc[-1] == pytest.approx(held, rel=1e-9, abs=1e-6)


def test_in_a_notebook_the_library_puts_nothing_into_the_page():
    """It would load Bokeh from the network, for plots that are not used."""
    code = (
        "import bokeh.io; said = []; bokeh.io.output_notebook = lambda *a, **k: said.append(1)\n"
        "from workbench_backtesting._market import _import_quietly; _import_quietly()\n"
        "bokeh.io.output_notebook(); print(len(said))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "JPY_PARENT_PID": "1"}, capture_output=True, text=True
    )

    assert done.stdout.strip() == "1", done.stderr  # the one call of this test, after the import
