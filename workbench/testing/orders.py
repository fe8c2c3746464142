"""Orders whose fills were worked out by hand, on six small bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.contracts.backtest import Order

Fill = tuple[int, float, float]
"""Row of the bar, units, price."""

ORDER_CASES: tuple[tuple[str, tuple[Mapping[str, Any], ...], tuple[Fill, ...], float], ...] = (
    (
        "bought and sold again",
        ({"bar": 0, "units": 10.0}, {"bar": 3, "units": -10.0}),
        ((1, 10.0, 10.0), (4, -10.0, 11.0)),
        1010.0,
    ),
    ("sold short and held", ({"bar": 1, "units": -5.0},), ((2, -5.0, 12.0),), 985.0),
    ("more than the cash allows", ({"bar": 0, "units": 200.0},), (), 1000.0),
    ("decided on the last bar", ({"bar": 5, "units": 1.0},), (), 1000.0),
    ("a limit that is reached", ({"bar": 1, "units": 10.0, "limit": 11.5},), ((2, 10.0, 11.5),), 1035.0),
    ("a limit that the open betters", ({"bar": 1, "units": 10.0, "limit": 12.5},), ((2, 10.0, 12.0),), 1030.0),
    ("a limit that is never reached", ({"bar": 1, "units": 10.0, "limit": 5.0},), (), 1000.0),
    (
        "a stop and a take-profit in one bar: the stop comes first",
        ({"bar": 1, "units": 10.0, "stop": 11.5, "take_profit": 12.5},),
        ((2, 10.0, 12.0), (2, -10.0, 11.5)),
        995.0,
    ),
    (
        "a take-profit",
        ({"bar": 0, "units": 10.0, "stop": 8.0, "take_profit": 12.5},),
        ((1, 10.0, 10.0), (2, -10.0, 12.5)),
        1025.0,
    ),
    (
        "the stop of a short sale",
        ({"bar": 3, "units": -10.0, "stop": 12.5},),
        ((4, -10.0, 11.0), (4, 10.0, 12.5)),
        985.0,
    ),
)
"""What it is, the orders, their fills, and the equity at the end; cash is 1000, and trading is free.

The bars are (10, 11, 9, 10), (10, 12, 10, 11), (12, 13, 11, 12), (12, 12, 9, 10), (11, 14, 11, 13), (13, 15, 12, 15).
"""


def order_of(fields: Mapping[str, Any]) -> Order:
    """Make an order."""
    return Order(**fields)
