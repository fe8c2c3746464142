"""`size_order`: how many units to trade so that a signal becomes a position."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.errors import DataError, RequestError

if TYPE_CHECKING:
    from workbench.contracts.backtest import Costs


def size_order(signal: float, equity: float, position_units: float, price: float, costs: Costs, lot: float) -> float:
    """Return the units to trade at the open at which an order fills.

    With half the spread ``h`` and the commission ``c``, the position aimed at is ::

        target = signal * (equity - k) / (price * (1 + h * sign(signal)) * (1 + c))

    rounded toward zero to `lot`; the order is the target less the position. ``k`` is what closing the
    position costs, counted only where the signal turns it to the other side. So the opening part of the
    order, with its own commission, never exceeds the cash that the closing part leaves: the order always
    fills.

    Parameters
    ----------
    signal : float
        Target exposure as a share of equity, in [-1, 1].
    equity : float
        Cash plus position at `price`, before the order. Nothing is left to invest where it is not positive.
    position_units : float
        Units held before the order, negative when short.
    price : float
        Price at the fill before costs, the open of the bar after the signal. Must be positive.
    costs : Costs
        Commission and spread, as fractions of price.
    lot : float
        Smallest tradable quantity, in units.

    Returns
    -------
    float
        Signed units: positive buys. Zero where the change is less than half a lot.

    Raises
    ------
    DataError
        `price` is not a positive number.
    RequestError
        `signal` is not a number in [-1, 1].
    """
    if not (math.isfinite(price) and price > 0):
        raise DataError(
            f"an order cannot be sized at the price {price!r}: a share of equity needs a positive price. "
            "Leave these bars out, or adjust the series."
        )
    if not -1 <= signal <= 1:
        raise RequestError(f"`signal` is {signal!r}; expected a share of equity in [-1, 1].")
    investable = max(equity - _turning_cost(signal, position_units, price, costs), 0.0)
    per_unit = price * (1 + math.copysign(costs.spread / 2, signal)) * (1 + costs.commission)
    units = _toward_zero(signal * investable / per_unit, lot) - position_units
    return units if abs(units) >= lot / 2 else 0.0


def _turning_cost(signal: float, position_units: float, price: float, costs: Costs) -> float:
    """Cost of closing a position that lies on the other side of the signal."""
    if signal * position_units >= 0:
        return 0.0
    side = -math.copysign(1.0, position_units)
    fill = price * (1 + side * costs.spread / 2)
    return abs(position_units) * (side * (fill - price) + fill * costs.commission)


def _toward_zero(units: float, lot: float) -> float:
    # 0.3 / 0.1 is a hair below 3 in floating point; such a hair is no reason to drop a lot.
    lots = units / lot
    nearest = round(lots)
    whole = nearest if abs(lots - nearest) <= 4 * math.ulp(lots) else math.trunc(lots)
    return whole * lot
