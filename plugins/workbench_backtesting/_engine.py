"""`BacktestingEngine`: signals or explicit orders in, a `Backtest` out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench import (
    Backtest,
    BacktestContext,
    BacktestEngine,
    Bars,
    Costs,
    Order,
    Panel,
    PluginError,
    RequestError,
)
from workbench_backtesting._account import Account, countable_lot
from workbench_backtesting._books import Books
from workbench_backtesting._desk import Desk
from workbench_backtesting._market import trade
from workbench_backtesting._quotes import Quote, quotes_of
from workbench_backtesting._results import Statement, backtest_of, statement
from workbench_backtesting._signals import signal_frame, signal_tickets
from workbench_backtesting._tickets import Ticket, tickets_of

if TYPE_CHECKING:
    import pandas as pd


class BacktestingEngine(BacktestEngine, name="backtesting"):
    """Trades on backtesting.py, with costs, sizes and statistics of our own.

    Notes
    -----
    Half the spread and the commission are paid at each fill. An account whose equity at a close is zero or
    less is ruined: it is closed out at that close and stays at zero.
    """

    def run(
        self,
        panel_or_bars: Panel | Bars,
        signals: pd.Series | pd.DataFrame,
        costs: Costs,
        context: BacktestContext,
    ) -> Backtest:
        """Trade `signals` and return what became of the equity.

        A signal decided at the close of bar `t` is filled at the open of `t + 1`, sized by `size_order` for
        the account as it stands at that open. It trades only when it changes; NaN is no change. `stop` and
        `take_profit` are read when the position changes and hold for what that order opens.

        Each symbol of a panel has an account of its own with an equal share of `cash`; the accounts are
        summed on the union of the bars. Equity begins with `cash` at the close of `context.start`, by default
        the first signal; of earlier signals the last one is traded from there.

        Raises
        ------
        PluginError
            The signals are not what `Strategy.signals` promises, or an order did not fill.
        DataError
            Prices are missing, or an order would fill at one that is not positive.
        """
        frame = signal_frame(signals, panel_or_bars.symbols if isinstance(panel_or_bars, Panel) else None)
        start = frame.index.get_level_values("origin").min() if context.start is None else context.start
        if start != start:  # NaT or NaN: no signal at all
            raise PluginError("there are no signals and no start, so no bar from which to count; give one of them.")
        bars = _by_symbol(panel_or_bars, frame)
        cash = self.cash / len(bars)
        statements = [self._run_symbol(s, bars[s], frame, costs, start, cash) for s in bars]
        return backtest_of(statements, self.cash, context.periods_per_year)

    def simulate(self, bars: Bars, orders: Sequence[Order], costs: Costs, cash: float) -> Backtest:
        """Execute explicit orders on the bars of one symbol.

        Units are rounded toward zero to `lot`. Market orders fill at the next open; limit orders on the first
        later bar that reaches the limit, at the open where that is better. An order whose opening part, with
        its commission, exceeds the cash left after its closing part is rejected whole; cash includes the
        proceeds of short sales. Orders decided on the last bar never fill. Positions still open are marked at
        the last close. Annual statistics are undefined: bars alone do not say how many make a year.

        Raises
        ------
        RequestError
            An order contradicts itself or names a bar that is not there, or `cash` is not positive.
        DataError
            Prices are missing, or an order would fill at one that is not positive.
        """
        if not (math.isfinite(cash) and cash > 0):
            raise RequestError(f"`cash` is {cash!r}; expected a positive number.")
        quotes = quotes_of(bars)
        account = Account(cash, costs, countable_lot(self.lot, sum(abs(order.units) for order in orders)))
        tickets = tickets_of(orders, len(quotes), account.lot)
        return backtest_of([_trade("", bars.index, quotes, tickets, account)], cash, None)

    def _run_symbol(
        self,
        symbol: str,
        bars: Bars,
        signals: pd.DataFrame,
        costs: Costs,
        start: pd.Timestamp,
        cash: float,
    ) -> Statement:
        quotes = quotes_of(bars)
        first = int(bars.index.searchsorted(start))
        if first == len(quotes):
            raise PluginError(f"{symbol!r} has no bar at or after the start {start}; leave it out.")
        mine = signals[signals.index.get_level_values("symbol") == symbol].droplevel("symbol")
        tickets = list(signal_tickets(mine, bars.index, first))
        labels = bars.index[first:]
        cheapest = min((quote.open for quote in quotes[first:] if quote.open > 0), default=cash)
        account = Account(cash, costs, countable_lot(self.lot, cash / cheapest))
        result = _trade(symbol, labels, quotes[first:], tickets, account)
        for ticket in tickets:
            if ticket.status == "rejected":
                when = labels[ticket.bar]
                raise PluginError(f"the order of {symbol!r} decided on {when} was rejected: {ticket.reason}.")
        return result


def _trade(
    symbol: str, labels: pd.Index, quotes: Sequence[Quote], tickets: Sequence[Ticket], account: Account
) -> Statement:
    books = Books(account, len(quotes))
    trade(quotes, Desk(quotes, labels, tickets, books))
    return statement(symbol, labels, quotes, tickets, books)


def _by_symbol(panel_or_bars: Panel | Bars, signals: pd.DataFrame) -> dict[str, Bars]:
    if isinstance(panel_or_bars, Panel):
        return dict(panel_or_bars.frames)
    named = list(signals.index.unique("symbol"))
    return {str(named[0]) if named else "": panel_or_bars}
