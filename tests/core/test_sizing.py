"""`size_order`: exposure asked for, after costs, always affordable."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import Costs, DataError, RequestError, size_order

FREE = Costs()
DEAR = Costs(commission=0.01, spread=0.02)


@pytest.mark.parametrize(
    ("signal", "position", "expected"),
    [(1.0, 0.0, 100.0), (0.5, 0.0, 50.0), (-1.0, 0.0, -100.0), (0.0, 40.0, -40.0), (-1.0, 100.0, -200.0)],
)
def test_without_costs_the_position_becomes_signal_times_equity_over_price(signal, position, expected):
    assert size_order(signal, 10_000, position, 100.0, FREE, 1e-6) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("signal", "per_unit"),
    [(1.0, 100 * 1.01 * 1.01), (-1.0, 100 * 0.99 * 1.01)],
)
def test_costs_are_paid_out_of_the_equity_asked_for(signal, per_unit):
    assert size_order(signal, 10_000, 0, 100.0, DEAR, 1e-6) == pytest.approx(signal * 10_000 / per_unit, abs=1e-6)


def test_turning_a_long_position_pays_for_closing_it_first():
    left = 10_000 - 100 * (100 - 99 * 0.99)

    units = size_order(-1.0, 10_000, 100.0, 100.0, DEAR, 1e-6)

    assert units == pytest.approx(-100 - left / (99 * 1.01), abs=1e-6)


def test_turning_a_short_position_pays_for_closing_it_first():
    left = 10_000 - 100 * (101 * 1.01 - 100)

    units = size_order(1.0, 10_000, -100.0, 100.0, DEAR, 1e-6)

    assert units == pytest.approx(100 + left / (101 * 1.01), abs=1e-6)


@pytest.mark.parametrize(
    ("equity", "lot", "expected"),
    [(10_050, 1.0, 100.0), (1_050, 5.0, 10.0), (30, 0.1, 0.3), (99, 1.0, 0.0)],
)
def test_positions_are_rounded_toward_zero_to_the_lot(equity, lot, expected):
    assert size_order(1.0, equity, 0, 100.0, FREE, lot) == pytest.approx(expected, abs=1e-12)
    assert size_order(-1.0, equity, 0, 100.0, FREE, lot) == pytest.approx(-expected, abs=1e-12)


def test_an_account_without_equity_only_closes():
    assert size_order(1.0, -5.0, -3.0, 100.0, DEAR, 1e-6) == 3.0


@pytest.mark.parametrize("price", [0.0, -37.6, math.nan, math.inf])
def test_a_price_that_is_not_positive_is_refused(price):
    with pytest.raises(DataError, match="positive price"):
        size_order(1.0, 10_000, 0, price, FREE, 1e-6)


@pytest.mark.parametrize("signal", [1.5, -2.0, math.nan])
def test_a_signal_outside_minus_one_to_one_is_refused(signal):
    with pytest.raises(RequestError, match=r"\[-1, 1\]"):
        size_order(signal, 10_000, 0, 100.0, FREE, 1e-6)


@given(
    signal=st.floats(-1, 1),
    held=st.floats(-1.5, 1),
    equity=st.floats(1, 1e9),
    price=st.floats(1e-3, 1e6),
    commission=st.floats(0, 0.2),
    spread=st.floats(0, 0.3),
    lot=st.sampled_from([1e-6, 0.01, 1.0]),
)
def test_the_opening_part_never_exceeds_the_cash_after_the_closing_part(
    signal, held, equity, price, commission, spread, lot
):
    costs = Costs(commission=commission, spread=spread)
    position = math.trunc(held * equity / price / lot) * lot
    cash = equity - position * price

    units = size_order(signal, equity, position, price, costs, lot)

    fill = price * (1 + math.copysign(spread / 2, units))
    closing = -math.copysign(min(abs(units), abs(position)), position) if units * position < 0 else 0.0
    opening = units - closing
    after_closing = cash - closing * fill - abs(closing) * fill * commission
    rounding = 1e-9 * (equity + abs(position) * price)
    assert abs(opening) < lot / 2 or abs(opening) * fill * (1 + commission) <= after_closing + rounding
