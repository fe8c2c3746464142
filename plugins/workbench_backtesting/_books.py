"""The books: what each bar's fills did to the account, and the round trips they make."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from workbench import FloatArray
from workbench_backtesting._account import Account


class RoundTrip(NamedTuple):
    """A trade in lots, at the market's prices before costs; bars are rows."""

    lots: int
    entry_bar: int
    entry_price: float
    exit_bar: int
    exit_price: float


class Books:
    """Follows the trades of backtesting.py and keeps cash and position, costs included.

    Parameters
    ----------
    account : Account
        Before the first bar; it is kept up to date.
    n_bars : int
        Bars to come.

    Attributes
    ----------
    cash, lots : ndarray of shape (n_bars,)
        The account at each bar's close; zero from a ruin on.
    closed, still_open : list of RoundTrip
        Closed trades in order of exit, and those left at the end, marked at the last close.
    ruined : bool
        Whether equity at a close was not positive. Everything was closed at that close.
    """

    def __init__(self, account: Account, n_bars: int) -> None:
        self.account = account
        self.cash: FloatArray = np.zeros(n_bars)
        self.lots: FloatArray = np.zeros(n_bars)
        self.closed: list[RoundTrip] = []
        self.still_open: list[RoundTrip] = []
        self.ruined = False

    def book(self, strategy: Any, bar: int) -> None:
        """Enter the fills of a bar, once everything in it has been matched."""
        for trade in strategy.closed_trades[len(self.closed) :]:
            trip = _round_trip(trade, bar, trade.exit_price)
            if trip.entry_bar == bar:
                self.account.trade(trip.lots, trip.entry_price)
            self.account.trade(-trip.lots, trip.exit_price)
            self.closed.append(trip)
        for trade in reversed(strategy.trades):  # the newest come last
            trip = _round_trip(trade, bar, trade.entry_price)
            if trip.entry_bar != bar:
                break
            self.account.trade(trip.lots, trip.entry_price)

    def close(self, strategy: Any, bar: int, price: float) -> None:
        """Enter the account at a bar's close, and its ruin if there is nothing left."""
        if self.account.equity(price) > 0:
            self.cash[bar], self.lots[bar] = self.account.cash, self.account.lots
        else:
            self.ruined = True
            self.closed += _marked(strategy, bar, price)

    def finish(self, strategy: Any, bar: int, price: float) -> None:
        """Mark what is open at the last close."""
        self.still_open = _marked(strategy, bar, price)


def _marked(strategy: Any, bar: int, price: float) -> list[RoundTrip]:
    return [_round_trip(trade, bar, price) for trade in strategy.trades]


def _round_trip(trade: Any, bar: int, price: float) -> RoundTrip:
    # backtesting.py was given one bar before the first of ours.
    return RoundTrip(int(trade.size), trade.entry_bar - 1, float(trade.entry_price), bar, float(price))
