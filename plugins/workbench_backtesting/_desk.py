"""The desk: which tickets trade on the next bar, in which order, and whether the cash allows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench import DataError, PluginError
from workbench_backtesting._account import Account
from workbench_backtesting._books import Books
from workbench_backtesting._quotes import Quote
from workbench_backtesting._tickets import Ticket

if TYPE_CHECKING:
    import pandas as pd


class EndOfRun(Exception):
    """There is nothing left to trade."""


class Desk:
    """Serves one account, bar by bar, with backtesting.py as the market.

    backtesting.py matches: it fills market and limit orders, closes trades first in, first out, and works
    stops and take-profits. The desk decides what it is handed and knows costs and cash. At the close of bar
    `t` it sends what trades on `t + 1`, such that the bar unfolds in this order:

    1. trades whose stop or take-profit the open has passed are closed at the open;
    2. market orders, and limit orders that the open satisfies, fill at the open, as decided;
    3. stops, then take-profits, of the trades still held are worked inside the bar;
    4. the other limit orders that the bar reaches fill at their limit, as decided;
    5. stops, then take-profits, of trades opened at this open are worked, and stops of trades opened inside
       the bar, which prices can only have reached afterwards. Take-profits of the latter wait for the next
       bar, since a bar does not tell whether its high or its low came first.

    Signals are sized, and every order is checked against the cash, as the account stands at that moment.

    Parameters
    ----------
    bars : sequence of Quote
        Prices, oldest first.
    labels : Index
        What each bar is called in errors.
    tickets : iterable of Ticket
        Orders; those of one bar in order of decision.
    books : Books
        Of the account that trades.
    """

    def __init__(self, bars: Sequence[Quote], labels: pd.Index, tickets: Iterable[Ticket], books: Books) -> None:
        self._bars = bars
        self._labels = labels
        self._books = books
        self._decided: defaultdict[int, list[Ticket]] = defaultdict(list)
        for ticket in tickets:
            self._decided[ticket.bar].append(ticket)
        self._brackets = any(t.has_bracket for tickets in self._decided.values() for t in tickets)
        self._waiting: list[Ticket] = []
        self._expected_lots = 0

    def serve(self, strategy: Any) -> None:
        """Book the bar that has just closed and send the orders of the next one.

        Parameters
        ----------
        strategy : backtesting.Strategy
            At the close of a bar; its data begin one bar before the first of ours.

        Raises
        ------
        EndOfRun
            This was the last bar, or the account is ruined.
        DataError
            An order would fill at a price that is not positive.
        PluginError
            backtesting.py did not fill what it was sent.
        """
        bar = len(strategy.data) - 2
        self._check_fills(strategy, bar)
        if self._brackets:
            self._attach_brackets(strategy, bar)
        self._books.book(strategy, bar)
        self._books.close(strategy, bar, self._bars[bar].close)
        if self._books.ruined:
            raise EndOfRun
        if bar == len(self._bars) - 1:
            self._books.finish(strategy, bar, self._bars[bar].close)
            raise EndOfRun
        self._waiting += self._decided.pop(bar, [])
        if self._waiting or self._brackets:
            self._send(strategy, bar + 1)

    def _check_fills(self, strategy: Any, bar: int) -> None:
        if strategy.position.size != self._expected_lots:
            raise PluginError(
                f"backtesting.py holds {strategy.position.size} lots at {self._labels[bar]} where its orders "
                f"add up to {self._expected_lots}: it cancelled an order. This is a bug; please report it."
            )

    def _attach_brackets(self, strategy: Any, bar: int) -> None:
        """Give trades opened in this bar their stops and take-profits, and work those that are live in it."""
        opened = [t for t in strategy.trades if t.entry_bar == bar + 1 and t.tag.has_bracket]
        for trade in opened:
            trade.sl = trade.tag.stop
            if trade.tag.filled_at_open:
                trade.tp = trade.tag.take_profit
                if _bracket_exit(trade, _at_open(self._bars[bar])) is not None:
                    trade.close()  # at the open, whatever the bar reaches later
        if opened:
            strategy._broker.next()  # there is no public way to match the same bar again
        for trade in opened:
            if trade.exit_bar is None and not trade.tag.filled_at_open:
                trade.tp = trade.tag.take_profit

    def _send(self, strategy: Any, bar: int) -> None:
        quote = self._bars[bar]
        account = replace(self._books.account)  # as it will stand while the bar unfolds
        left: dict[Any, int] = {}  # lots left of the trades that the bar will have closed in part or whole
        waiting, self._waiting = self._waiting, []
        for trade in self._leave(strategy, left, account, bar, _at_open(quote)):
            trade.close()  # at the open, whatever the bar reaches later
        for ticket in (t for t in waiting if t.fills_at_open(quote.open)):
            lots = self._accept(ticket, account, bar, quote.open)
            ticket.filled_at_open = bool(lots)
            _place(strategy, ticket, _close_held(strategy, left, lots))
        self._leave(strategy, left, account, bar, quote)
        for ticket in (t for t in waiting if not t.fills_at_open(quote.open)):
            limit = ticket.limit_within(quote.low, quote.high)
            if limit is None:
                self._waiting.append(ticket)
            else:
                _place(strategy, ticket, self._accept(ticket, account, bar, limit), limit)
        self._expected_lots = account.lots

    def _leave(self, strategy: Any, left: dict[Any, int], account: Account, bar: int, quote: Quote) -> list[Any]:
        """Return the trades that their stop or take-profit will close, and take them off the account."""
        leaving = []
        for trade in strategy.trades if self._brackets else ():
            lots = left.get(trade, int(trade.size))
            price = _bracket_exit(trade, quote) if lots else None
            if price is not None:
                self._refuse_unless_positive(price, bar)
                account.trade(-lots, price)
                left[trade] = 0
                leaving.append(trade)
        return leaving

    def _accept(self, ticket: Ticket, account: Account, bar: int, price: float) -> int:
        """Size an order at its fill, enter it in the account and return its lots; 0 if it is turned away."""
        self._refuse_unless_positive(price, bar)
        lots = ticket.sized(account, price)
        missing = account.shortfall(lots, price)
        if not lots:
            ticket.reason = "less than one lot to trade"
        elif missing:
            ticket.status = "rejected"
            ticket.reason = f"its opening part needs {missing:,.2f} more than the cash after its closing part"
        else:
            ticket.status = "filled"
            account.trade(lots, price)
        return lots if ticket.status == "filled" else 0

    def _refuse_unless_positive(self, price: float, bar: int) -> None:
        if price <= 0:
            raise DataError(
                f"an order would fill at the price {price:g} on {self._labels[bar]}; sizes and costs are "
                "shares of a positive price. Leave such bars out, adjust the series, or do not trade it."
            )


def _close_held(strategy: Any, left: dict[Any, int], lots: int) -> int:
    """Close what an order at the open closes, first in, first out; return the lots still to trade.

    Closing orders go to the front of the queue of backtesting.py. A plain order would wait behind the stops,
    and a stop reached later in the bar would close the trade before the open did.
    """
    for trade in strategy.trades:
        held = left.get(trade, int(trade.size))
        if lots * held > 0 or not lots:  # trades held at one time are all of one side
            break
        part = min(abs(lots), abs(held))
        if part:
            trade.close(part / abs(trade.size))
            part = part if lots > 0 else -part
            left[trade] = held + part
            lots -= part
    return lots


def _place(strategy: Any, ticket: Ticket, lots: int, limit: float | None = None) -> None:
    if lots:
        send = strategy.buy if lots > 0 else strategy.sell
        send(size=abs(lots), limit=limit, tag=ticket)


def _at_open(quote: Quote) -> Quote:
    return quote._replace(low=quote.open, high=quote.open)


def _bracket_exit(trade: Any, quote: Quote) -> float | None:
    """Price at which a stop, else a take-profit, closes a trade; at the open where that has passed it."""
    stop: float | None = trade.sl
    goal: float | None = trade.tp
    if stop is not None and (quote.low <= stop if trade.is_long else quote.high >= stop):
        return min(quote.open, stop) if trade.is_long else max(quote.open, stop)
    if goal is not None and (quote.high >= goal if trade.is_long else quote.low <= goal):
        return max(quote.open, goal) if trade.is_long else min(quote.open, goal)
    return None
