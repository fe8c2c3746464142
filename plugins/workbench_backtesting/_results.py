"""From the books to a `Backtest`: frames with labels, prices as filled, and statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench import Backtest, backtest_statistics
from workbench_backtesting._account import Account
from workbench_backtesting._books import Books, RoundTrip
from workbench_backtesting._quotes import Quote
from workbench_backtesting._tickets import Ticket

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Statement:
    """What became of one account: series over its bars, and frames as in `Backtest`."""

    equity: pd.Series
    holdings: pd.Series
    trades: pd.DataFrame
    open_trades: pd.DataFrame
    orders: pd.DataFrame


def statement(
    symbol: str, labels: pd.Index, quotes: Sequence[Quote], tickets: Sequence[Ticket], books: Books
) -> Statement:
    """Write up one account.

    Parameters
    ----------
    symbol : str
        For the frames.
    labels, quotes : Index and sequence of Quote
        The bars that were traded.
    tickets : sequence of Ticket
        Every order, filled or not.
    books : Books
        At the end of the run.
    """
    import pandas as pd

    account = books.account
    close = np.array([quote.close for quote in quotes])
    holdings = pd.Series(books.lots * account.lot * close, index=labels)
    return Statement(
        equity=holdings + books.cash,
        holdings=holdings,
        trades=_trades(symbol, labels, account, books.closed),
        open_trades=_trades(symbol, labels, account, books.still_open, marked=True),
        orders=_orders(symbol, labels, books, tickets),
    )


def backtest_of(statements: Sequence[Statement], cash: float, periods_per_year: float | None) -> Backtest:
    """Sum accounts on the union of their bars and compute the statistics.

    An account counts with its last value where its symbol has no bar, and with its share of `cash` before its
    first one.
    """
    import pandas as pd

    equity = _sum([s.equity for s in statements], cash / len(statements)).rename("equity")
    holdings = _sum([s.holdings for s in statements], 0.0)
    exposure = (holdings / equity.where(equity > 0)).fillna(0.0).rename("exposure")
    trades = pd.concat([s.trades for s in statements], ignore_index=True)
    open_trades = pd.concat([s.open_trades for s in statements], ignore_index=True)
    orders = pd.concat([s.orders for s in statements], ignore_index=True)
    stats, reasons = backtest_statistics(equity, trades, exposure, periods_per_year, open_trades=open_trades)
    return Backtest(equity, trades, open_trades, orders, stats, reasons, exposure)


def _sum(series: Sequence[pd.Series], before: float) -> pd.Series:
    import pandas as pd

    return pd.concat(series, axis=1, sort=True).ffill().fillna(before).sum(axis=1)


def _trades(
    symbol: str, labels: pd.Index, account: Account, trips: Sequence[RoundTrip], *, marked: bool = False
) -> pd.DataFrame:
    """Write up round trips. A trade that is only marked has not paid for its exit."""
    import pandas as pd

    lots, entry_bar, entry_price, exit_bar, exit_price = np.array(trips).reshape(-1, 5).T
    units = lots * account.lot
    entry = account.fill_price(lots, entry_price)
    exit_ = exit_price if marked else account.fill_price(-lots, exit_price)
    commission = account.commission(lots, entry_price)
    if not marked:
        commission = commission + account.commission(-lots, exit_price)
    pnl = units * (exit_ - entry) - commission
    columns = {
        "symbol": pd.array([symbol] * len(trips), dtype="str"),
        "entry_time": labels.take(entry_bar.astype(int)),
        "exit_time": labels.take(exit_bar.astype(int)),
        "units": units,
        "entry_price": entry,
        "exit_price": exit_,
        "pnl": pnl,
        "simple_return": pnl / (np.abs(units) * entry),
        "commission": commission,
    }
    return pd.DataFrame(columns)


def _orders(symbol: str, labels: pd.Index, books: Books, tickets: Sequence[Ticket]) -> pd.DataFrame:
    import pandas as pd

    columns = {
        "symbol": pd.array([symbol] * len(tickets), dtype="str"),
        "decided": labels.take([t.bar for t in tickets]),
        "units": np.array([_units(t, books.account.lot) for t in tickets], dtype="float64"),
        "status": pd.array([t.status for t in tickets], dtype="str"),
        "reason": pd.array([_reason(t, len(labels), books.ruined) for t in tickets], dtype="str"),
    }
    return pd.DataFrame(columns)


def _units(ticket: Ticket, lot: float) -> float:
    """Units of an order; NaN for a signal that never came to be sized."""
    return float("nan") if ticket.lots is None else ticket.lots * lot


def _reason(ticket: Ticket, n_bars: int, ruined: bool) -> str:
    if ticket.reason or ticket.status == "filled":
        return ticket.reason
    if ruined:
        return "the account was ruined"
    if ticket.bar == n_bars - 1:
        return "decided on the last bar, after which nothing fills"
    return "its limit was not reached"
