"""Tickets: orders on their way to a fill, and what became of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from workbench import Order, RequestError, size_order
from workbench_backtesting._account import Account

Status = Literal["filled", "rejected", "dropped"]


@dataclass(eq=False)
class Ticket:
    """An order with fixed lots, or a signal whose lots are found at the fill.

    Parameters
    ----------
    bar : int
        Row after whose close it was decided.
    lots : int, optional
        Signed size; None for a signal that is not sized yet.
    signal : float, optional
        Target exposure, for tickets that are sized at the fill.
    limit, stop, take_profit : float, optional
        As in `Order`.
    filled_at_open : bool
        Whether it filled at the open rather than inside its bar.
    """

    bar: int
    lots: int | None = None
    signal: float | None = None
    limit: float | None = None
    stop: float | None = None
    take_profit: float | None = None
    status: Status = "dropped"
    reason: str = ""
    filled_at_open: bool = False

    @property
    def has_bracket(self) -> bool:
        """Whether a stop or a take-profit waits for what this ticket opens."""
        return self.stop is not None or self.take_profit is not None

    def fills_at_open(self, price: float) -> bool:
        """Whether it fills at this opening price: always, or where the limit allows."""
        return self.limit is None or self.limit_within(price, price) is not None

    def limit_within(self, low: float, high: float) -> float | None:
        """Return the limit if prices from `low` to `high` reach it."""
        if self.limit is None or self.lots is None:
            return None
        reached = low <= self.limit if self.lots > 0 else high >= self.limit
        return self.limit if reached else None

    def sized(self, account: Account, price: float) -> int:
        """Return the lots to trade; of a signal for an account as it stands at the open."""
        if self.lots is None:
            assert self.signal is not None
            equity = account.equity(price)
            units = size_order(self.signal, equity, account.units, price, account.costs, account.lot)
            self.lots = round(units / account.lot)
        return self.lots


def tickets_of(orders: Sequence[Order], n_bars: int, lot: float) -> list[Ticket]:
    """Check explicit orders and turn them into tickets.

    Raises
    ------
    RequestError
        An order names a bar that is not there, trades nothing or not a number, or its prices contradict
        each other.
    """
    tickets = []
    for number, order in enumerate(orders):
        problem = _problem(order, n_bars)
        if problem:
            raise RequestError(f"order {number} ({order}) {problem}.")
        tickets.append(
            Ticket(
                order.bar,
                _whole_lots(order.units, lot),
                limit=order.limit,
                stop=order.stop,
                take_profit=order.take_profit,
            )
        )
    return tickets


def _problem(order: Order, n_bars: int) -> str | None:
    prices = {"limit": order.limit, "stop": order.stop, "take_profit": order.take_profit}
    if not 0 <= order.bar < n_bars:
        return f"is decided on bar {order.bar}, but the bars are 0 to {n_bars - 1}"
    if not math.isfinite(order.units) or not order.units:
        return "has no units; expected a number other than zero, negative to sell"
    for name, price in prices.items():
        if price is not None and not (math.isfinite(price) and price > 0):
            return f"has the {name} {price!r}; expected a positive price or None"
    ladder = [price for price in (order.stop, order.limit, order.take_profit) if price is not None]
    side = math.copysign(1, order.units)
    if any(side * (above - below) <= 0 for below, above in pairwise(ladder)):
        return "has prices out of order; expected stop < limit < take_profit to buy, the reverse to sell"
    return None


def _whole_lots(units: float, lot: float) -> int:
    # 0.3 / 0.1 is a hair below 3 in floating point; such a hair is no reason to drop a lot.
    lots = units / lot
    nearest = round(lots)
    return nearest if abs(lots - nearest) <= 4 * math.ulp(lots) else math.trunc(lots)
