"""Explicit orders: golden cases, hand-made cases, and a reference engine."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markets import bars_of, costs_strategy, rows_of_bars
from reference_engine import Reference

from workbench import Costs, DataError, Order, RequestError
from workbench_backtesting import BacktestingEngine

GOLDEN = json.loads((Path(__file__).parents[2] / "vectors" / "golden_backtests.json").read_text())
FREE = Costs()
FLAT = [(10, 10, 10, 10)] * 6


def simulate(rows, orders, costs=FREE, cash=10_000.0, **fields):
    return BacktestingEngine(**fields).simulate(bars_of(rows), orders, costs, cash)


def refer(rows, orders, costs=FREE, cash=10_000.0):
    def decide(account, bar):
        due = [(n, o) for n, o in enumerate(orders) if o.bar == bar - 1]
        return [(n, o.units, o.limit, o.stop, o.take_profit) for n, o in due]

    return Reference(rows, costs, cash).run(decide)


def golden_orders(case):
    orders, held = [], 0
    for order in case["orders"]:
        sign = {"buy": 1, "sell": -1, "close": 0}[order["do"]]
        units = sign * order["size"] if sign else -held
        held += units
        orders.append(Order(order["bar"], units, stop=order.get("sl"), take_profit=order.get("tp")))
    return orders


def fills_of(backtest):
    """Net units, price and commission by bar, read off the trades."""
    legs = []
    for trade in backtest.trades.itertuples():
        legs += [(trade.entry_time, trade.units, trade.entry_price), (trade.exit_time, -trade.units, trade.exit_price)]
    legs += [(trade.entry_time, trade.units, trade.entry_price) for trade in backtest.open_trades.itertuples()]
    fills = pd.DataFrame(legs, columns=["time", "units", "price"])
    bars = backtest.equity.index.get_indexer(fills["time"])
    return fills.assign(bar=bars).groupby(["bar", "price"], as_index=False)["units"].sum()


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["id"])
def test_golden_case(case):
    rows = list(zip(*(case["ohlc"][c] for c in ("Open", "High", "Low", "Close")), strict=True))
    costs = Costs(commission=case["settings"]["commission_rate"], spread=case["settings"]["spread"])
    expected, orders, cash = case["expected"], golden_orders(case), case["settings"]["cash"]

    backtest = simulate(rows, orders, costs, cash)
    reference = refer(rows, orders, costs, cash)

    np.testing.assert_allclose(backtest.equity, expected["equity_at_close"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(reference.equity, expected["equity_at_close"], rtol=0, atol=1e-8)
    fills = fills_of(backtest)
    assert fills["bar"].tolist() == [fill["bar"] for fill in expected["fills"]]
    for column in ("units", "price"):
        assert fills[column].tolist() == pytest.approx([fill[column] for fill in expected["fills"]], abs=1e-8)
    paid = backtest.trades["commission"].sum() + backtest.open_trades["commission"].sum()
    assert paid == pytest.approx(sum(fill["commission"] for fill in expected["fills"]), abs=1e-8)
    assert backtest.open_trades["units"].sum() == pytest.approx(expected["final_position"])
    assert backtest.stats["max_drawdown"] == pytest.approx(expected["max_drawdown"], abs=1e-8)


def test_an_order_decided_on_the_first_bar_fills_on_the_second():
    backtest = simulate([(9, 9, 9, 9), (10, 12, 10, 12), (12, 12, 12, 12)], [Order(0, 100)])

    assert backtest.equity.tolist() == pytest.approx([10_000, 10_200, 10_200])
    assert backtest.open_trades["entry_time"].tolist() == [backtest.equity.index[1]]


def test_an_order_decided_on_the_last_bar_is_dropped_and_says_so():
    backtest = simulate(FLAT, [Order(5, 1)])

    order = backtest.orders.iloc[0]
    assert (order["status"], order["units"]) == ("dropped", 1.0)
    assert "last bar" in order["reason"]
    assert order["decided"] == backtest.equity.index[5]
    assert backtest.trades.empty and backtest.open_trades.empty


def test_half_the_spread_and_the_commission_are_paid_at_each_fill():
    backtest = simulate(FLAT, [Order(0, 10), Order(2, -10)], Costs(commission=0.01, spread=0.1))

    trade = backtest.trades.iloc[0]
    assert (trade["entry_price"], trade["exit_price"]) == pytest.approx((10.5, 9.5))
    assert trade["commission"] == pytest.approx(0.01 * 10 * (10.5 + 9.5))
    assert trade["pnl"] == pytest.approx(-10 - 2.0)
    assert trade["simple_return"] == pytest.approx(-12 / 105)
    assert backtest.equity.tolist() == pytest.approx([10_000] + [9_993.95] * 2 + [9_988] * 3)


def test_an_open_trade_is_marked_at_the_last_close_and_has_not_paid_for_an_exit():
    rows = [*FLAT[:3], (10, 13, 10, 13)]

    backtest = simulate(rows, [Order(0, -10)], Costs(commission=0.01, spread=0.1))

    trade = backtest.open_trades.iloc[0]
    assert (trade["units"], trade["entry_price"], trade["exit_price"]) == pytest.approx((-10, 9.5, 13))
    assert trade["commission"] == pytest.approx(0.95)
    assert trade["pnl"] == pytest.approx(-35.95)
    assert backtest.equity.iloc[-1] == pytest.approx(10_000 - 35.95)
    assert backtest.exposure.iloc[-1] == pytest.approx(-130 / backtest.equity.iloc[-1])


def test_an_order_beyond_the_cash_is_rejected_whole_without_a_warning():
    backtest = simulate(FLAT, [Order(0, 100), Order(1, -1_201), Order(2, 900), Order(3, 1)])

    assert backtest.orders["status"].tolist() == ["filled", "rejected", "filled", "rejected"]
    assert "10.00 more than the cash" in backtest.orders["reason"].iloc[1]
    assert backtest.open_trades["units"].sum() == 1_000


def test_a_full_flip_with_costs_fills_when_its_opening_part_is_affordable():
    costs = Costs(commission=0.002, spread=0.001)

    backtest = simulate(FLAT, [Order(0, 900), Order(2, -1_800)], costs)

    assert backtest.orders["status"].tolist() == ["filled", "filled"]
    assert backtest.open_trades["units"].tolist() == pytest.approx([-900])


def test_a_price_above_the_cash_trades_fractions():
    backtest = simulate([(50_000,) * 4, (50_000,) * 4, (60_000,) * 4], [Order(0, 0.123456)])

    assert backtest.equity.iloc[-1] == pytest.approx(10_000 + 0.123456 * 10_000, abs=1e-8)


def test_very_many_units_are_counted_exactly_enough():
    rows = [(1e-9, 1e-9, 1e-9, 1e-9), (1e-9, 2e-9, 1e-9, 2e-9), (2e-9, 2e-9, 2e-9, 2e-9)]

    backtest = simulate(rows, [Order(0, 7e12), Order(1, -7e12)])

    assert backtest.equity.tolist() == pytest.approx([10_000, 17_000, 17_000])
    assert backtest.open_trades.empty


@pytest.mark.parametrize(("units", "lot", "traded"), [(0.3, 0.1, 0.3), (-1.99, 1.0, -1.0), (2.6, 0.5, 2.5)])
def test_units_are_rounded_toward_zero_to_the_lot(units, lot, traded):
    backtest = simulate(FLAT, [Order(0, units)], lot=lot)

    assert backtest.orders["units"].tolist() == pytest.approx([traded])
    assert backtest.open_trades["units"].tolist() == pytest.approx([traded])


def test_orders_are_listed_as_given_and_traded_as_decided():
    backtest = simulate(FLAT, [Order(3, -2), Order(1, 5), Order(1, -4)])

    assert backtest.orders["units"].tolist() == [-2, 5, -4]
    assert backtest.trades["units"].tolist() == [4, 1]
    assert backtest.open_trades["units"].tolist() == [-1]


def test_less_than_a_lot_is_dropped():
    backtest = simulate(FLAT, [Order(0, 0.4)], lot=1.0)

    assert backtest.orders["status"].tolist() == ["dropped"]
    assert "less than one lot" in backtest.orders["reason"].iloc[0]


RISING = [(10, 10, 10, 10), (10, 11, 9, 10), (10, 14, 10, 13), (15, 16, 15, 15), (15, 15, 15, 15)]


@pytest.mark.parametrize(
    ("orders", "exits"),
    [
        ([Order(0, 10, stop=9.5)], [(1, 9.5)]),  # live in the bar of the entry
        ([Order(0, 10, take_profit=10.5)], [(1, 10.5)]),
        ([Order(0, 10, stop=9.5, take_profit=10.5)], [(1, 9.5)]),  # both in one bar: the stop first
        ([Order(0, 10, take_profit=14.5)], [(3, 15)]),  # a gap past the target fills at the open
        ([Order(0, -10, stop=12)], [(2, 12)]),
        ([Order(0, -10, take_profit=9.2)], [(1, 9.2)]),
        ([Order(0, -10, stop=14.5)], [(3, 15)]),
        ([Order(0, 10, stop=11)], [(1, 10)]),  # already passed at the fill: out at the same open
        ([Order(0, 10, limit=9.5, stop=9.2)], [(1, 9.2)]),  # the price fell through both
        ([Order(0, 10, limit=9.5, take_profit=10.5)], [(2, 10.5)]),  # which came first is unknown: next bar
        ([Order(0, 10, limit=10.5, take_profit=10.8)], [(1, 10.8)]),  # filled at the open, as a market order
        ([Order(0, 10, stop=9.5), Order(1, -4)], [(1, 9.5)]),
        ([Order(1, 10, stop=9), Order(2, -4), Order(2, -6)], [(3, 15)]),
        ([Order(1, 10, take_profit=15.5), Order(2, -10)], [(3, 15)]),  # out at the open, not at the target later
        ([Order(1, 10, take_profit=14.5), Order(2, -10)], [(3, 15)]),  # both at the open: then short
        ([Order(0, -10, stop=15.5, take_profit=9)], [(1, 9)]),
        ([Order(1, -10, stop=13, take_profit=11)], [(2, 10)]),  # target passed at the fill, stop reached later
        ([Order(1, 10, stop=9, take_profit=13.5)], [(2, 13.5)]),
    ],
)
def test_brackets_close_what_the_order_opened(orders, exits):
    backtest = simulate(RISING, orders)
    reference = refer(RISING, orders)

    first = backtest.trades.drop_duplicates("entry_time")
    found = list(zip(backtest.equity.index.get_indexer(first["exit_time"]), first["exit_price"], strict=True))
    assert found == [(bar, pytest.approx(price)) for bar, price in exits]
    np.testing.assert_allclose(backtest.equity, reference.equity, rtol=1e-12)


def test_a_target_passed_at_the_open_is_met_before_a_stop_reached_later():
    rows = [(40, 40, 40, 40), (41, 41, 41, 41), (40, 42, 40, 40)]

    backtest = simulate(rows, [Order(0, -1, stop=41.25, take_profit=40)])

    assert backtest.trades["exit_price"].tolist() == [40]


def test_a_stop_closes_its_own_trade_and_not_the_oldest():
    rows = [*FLAT[:3], (10, 10, 8, 9), (9, 9, 9, 9)]

    backtest = simulate(rows, [Order(0, 5), Order(1, 7, stop=8.5)])

    assert backtest.trades["units"].tolist() == pytest.approx([7])
    assert backtest.open_trades["units"].tolist() == pytest.approx([5])


def test_a_limit_order_waits_until_its_price_trades():
    rows = [(10, 10, 10, 10), (10, 10, 9.5, 10), (10, 10, 8.5, 9), (8, 8, 8, 8)]

    backtest = simulate(rows, [Order(0, 10, limit=9), Order(0, 10, limit=7), Order(1, -10, limit=12)])

    assert backtest.orders["status"].tolist() == ["filled", "dropped", "dropped"]
    assert backtest.orders["reason"].tolist() == ["", "its limit was not reached", "its limit was not reached"]
    assert backtest.open_trades["entry_price"].tolist() == [9]
    assert backtest.open_trades["entry_time"].tolist() == [backtest.equity.index[2]]


def test_ruin_closes_the_account_at_the_close_and_nothing_trades_afterwards():
    rows = [(10, 10, 10, 10), (10, 10, 10, 10), (10, 25, 10, 25), (5, 5, 5, 5), (5, 5, 5, 5)]

    backtest = simulate(rows, [Order(0, -1_000), Order(2, 10), Order(3, 1, limit=1)])

    assert backtest.equity.tolist() == [10_000, 10_000, 0, 0, 0]
    assert backtest.exposure.tolist() == [0, -1, 0, 0, 0]
    assert backtest.trades["exit_price"].tolist() == [25]
    assert backtest.open_trades.empty
    assert backtest.orders["reason"].tolist() == ["", *["the account was ruined"] * 2]
    assert backtest.stats["total_return"] == -1


def test_an_order_that_only_closes_fills_even_when_it_costs_more_than_the_cash():
    rows = [(10, 10, 10, 10), (10, 10, 10, 10), (25, 25, 25, 25)]

    backtest = simulate(rows, [Order(0, -1_000), Order(1, 1_000)])

    assert backtest.orders["status"].tolist() == ["filled", "filled"]
    assert backtest.trades["exit_price"].tolist() == [25]
    assert backtest.equity.tolist() == [10_000, 10_000, 0]


def test_no_orders_leave_the_cash_alone():
    backtest = simulate(FLAT[:1], [])

    assert backtest.equity.tolist() == [10_000]
    for frame in (backtest.trades, backtest.open_trades):
        assert list(frame.columns) == [
            *("symbol", "entry_time", "exit_time", "units", "entry_price", "exit_price"),
            *("pnl", "simple_return", "commission"),
        ]
        assert frame["entry_time"].dtype == backtest.equity.index.dtype
        assert frame["pnl"].dtype == np.float64
    assert list(backtest.orders.columns) == ["symbol", "decided", "units", "status", "reason"]


def test_annual_statistics_are_undefined_since_bars_do_not_say_how_many_make_a_year():
    backtest = simulate(RISING, [Order(0, 10)])

    assert backtest.stats["sharpe"] is None
    assert "per year" in backtest.reasons["sharpe"]
    assert backtest.stats["commission_paid"] == 0


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (Order(6, 1), "0 to 5"),
        (Order(-1, 1), "0 to 5"),
        (Order(0, 0), "no units"),
        (Order(0, float("nan")), "no units"),
        (Order(0, 1, limit=-5), "limit -5"),
        (Order(0, 1, stop=float("nan")), "stop nan"),
        (Order(0, 1, limit=9, stop=9.5), "out of order"),
        (Order(0, 1, limit=9, take_profit=8), "out of order"),
        (Order(0, -1, stop=8, take_profit=9), "out of order"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(order, reason):
    with pytest.raises(RequestError, match=reason):
        simulate(FLAT, [Order(0, 1), order])


@pytest.mark.parametrize("cash", [0, -1, float("nan")])
def test_cash_must_be_positive(cash):
    with pytest.raises(RequestError, match="cash"):
        simulate(FLAT, [], cash=cash)


@pytest.mark.parametrize("price", [0.0, -37.63])
def test_a_fill_at_a_price_that_is_not_positive_is_refused(price):
    rows = [(10, 10, 10, 10), (10, 10, price, 10), (price, 10, price, 10), (10, 10, 10, 10)]

    with pytest.raises(DataError, match=r"2024-01-03.*positive price"):
        simulate(rows, [Order(1, 1)])
    with pytest.raises(DataError, match=r"2024-01-03.*positive price"):
        simulate(rows, [Order(0, 1), Order(1, -1)])


def test_negative_prices_are_legal_while_nothing_fills():
    rows = [(10, 10, 10, 10), (10, 10, 10, 10), (-5, 10, -37, -37), (8, 8, 8, 8), (8, 8, 8, 8)]

    backtest = simulate(rows, [Order(0, 10), Order(2, -10)])

    assert backtest.equity.tolist() == pytest.approx([10_000, 10_000, 9_530, 9_980, 9_980])


def test_a_stop_gapped_through_to_a_negative_price_is_refused():
    rows = [(10, 10, 10, 10), (10, 10, 10, 10), (-5, 10, -37, -37), (8, 8, 8, 8)]

    with pytest.raises(DataError, match="-5"):
        simulate(rows, [Order(0, 10, stop=9)])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda b: b.drop(columns="open"), "open"),
        (lambda b: b.iloc[:0], "at least one row"),
        (lambda b: b.iloc[::-1], "oldest first"),
        (lambda b: pd.concat([b, b.iloc[-1:]]), "one row per time"),
        (lambda b: b.assign(close=[10, 10, np.nan, 10, 10, 10]), r"2024-01-03.*lacks a price"),
    ],
)
def test_bars_that_cannot_be_traded_are_refused(change, reason):
    with pytest.raises(DataError, match=reason):
        BacktestingEngine().simulate(change(bars_of(FLAT)), [], FREE, 100.0)


def test_any_index_that_increases_will_do():
    bars = bars_of(RISING)
    expected = BacktestingEngine().simulate(bars, [Order(0, 10)], FREE, 100.0).equity.to_numpy()

    for index in (range(5), pd.date_range("2024-01-01", periods=5, freq="min", tz="UTC"), list("abcde")):
        backtest = BacktestingEngine().simulate(bars.set_axis(pd.Index(index)), [Order(0, 10)], FREE, 100.0)
        np.testing.assert_array_equal(backtest.equity.to_numpy(), expected)


@st.composite
def order_lists(draw, n_bars):
    quarter = st.integers(-400, 400).filter(bool).map(lambda n: n / 4)
    price = st.integers(20, 480).map(lambda n: n / 4)
    orders = []
    for _ in range(draw(st.integers(0, 12))):
        units, side = draw(quarter), 1
        side = 1 if units > 0 else -1
        prices = sorted(draw(st.lists(price, min_size=3, max_size=3, unique=True)), reverse=side < 0)
        stop, limit, goal = (p if draw(st.booleans()) else None for p in prices)
        orders.append(Order(draw(st.integers(0, n_bars - 1)), units, limit, stop, goal))
    return sorted(orders, key=lambda order: order.bar)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=rows_of_bars(), costs=costs_strategy(), data=st.data())
def test_random_orders_give_the_reference_equity(rows, costs, data):
    orders = data.draw(order_lists(len(rows)))

    backtest = simulate(rows, orders, costs)
    reference = refer(rows, orders, costs)

    np.testing.assert_allclose(backtest.equity, reference.equity, rtol=1e-9, atol=1e-6)
    rejected = [n for n, status in reference.statuses.items() if status == "rejected"]
    assert np.flatnonzero(backtest.orders["status"] == "rejected").tolist() == sorted(rejected)
    if reference.equity[-1] > 0:
        profit = backtest.trades["pnl"].sum() + backtest.open_trades["pnl"].sum()
        assert 10_000 + profit == pytest.approx(backtest.equity.iloc[-1], rel=1e-9, abs=1e-6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=rows_of_bars(), costs=costs_strategy(), data=st.data())
def test_later_bars_and_orders_never_change_earlier_equity(rows, costs, data):
    orders = data.draw(order_lists(len(rows)))
    cut = data.draw(st.integers(1, len(rows)))
    past = [order for order in orders if order.bar < cut]

    whole = simulate(rows, orders, costs)
    other = simulate([*rows[:cut], *([(77, 99, 55, 66)] * 3)], past, costs)

    np.testing.assert_array_equal(whole.equity.iloc[:cut], other.equity.iloc[:cut])
