"""The account: cash, a position, and what a fill does to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from workbench import Costs, DataError, FloatArray

Number = TypeVar("Number", float, FloatArray)

# Whole numbers up to 2**53 are exact in floating point, in which backtesting.py keeps sizes.
_COMFORTABLE, _MOST = 2**45, 2**51


def countable_lot(lot: float, units: float) -> float:
    """Return the lot, doubled until positions of about so many units can be counted in it.

    That matters where a unit costs next to nothing: 1e-6 is then a share of the position too small to count.
    """
    while units / lot > _COMFORTABLE:
        lot *= 2
    return lot


@dataclass
class Account:
    """Cash and position in one symbol.

    Positions are counted in lots, whole numbers, so that buying and selling the same leaves exactly nothing.

    Parameters
    ----------
    cash : float
        In quote currency; the proceeds of short sales included.
    costs : Costs
        Paid at each fill.
    lot : float
        Units in a lot.
    lots : int
        Position, negative when short.
    """

    cash: float
    costs: Costs
    lot: float
    lots: int = 0

    @property
    def units(self) -> float:
        """Position in units."""
        return self.lots * self.lot

    def equity(self, price: float) -> float:
        """Value of cash and position at a price."""
        return self.cash + self.units * price

    def fill_price(self, lots: Number, price: Number) -> Number:
        """Price paid or received: half the spread worse than the market's."""
        side = (lots > 0) * 2 - 1
        return price * (1 + side * self.costs.spread / 2)

    def commission(self, lots: Number, price: Number) -> Number:
        """Commission on the traded value, at the price as filled."""
        return abs(lots) * self.lot * self.fill_price(lots, price) * self.costs.commission

    def trade(self, lots: int, price: float) -> None:
        """Buy (or sell, if negative) lots at the market's price."""
        self.cash -= lots * self.lot * self.fill_price(lots, price) + self.commission(lots, price)
        self.lots += lots
        if abs(self.lots) > _MOST:
            raise DataError(
                f"a position of {self.units:g} units cannot be counted in lots of {self.lot:g}; give the engine "
                "a larger `lot`."
            )

    def shortfall(self, lots: int, price: float) -> float:
        """Cash that the opening part of an order lacks once its closing part is done; 0 if affordable."""
        closing = min(abs(lots), abs(self.lots)) if lots * self.lots < 0 else 0
        opening = abs(lots) - closing
        if not opening:
            return 0.0
        after = replace(self)
        after.trade(closing if lots > 0 else -closing, price)
        needed = opening * self.lot * self.fill_price(lots, price) * (1 + self.costs.commission)
        # What is missing by rounding alone is not missing.
        return needed - after.cash if needed > after.cash + 1e-9 * needed else 0.0
