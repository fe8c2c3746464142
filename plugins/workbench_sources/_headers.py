"""What columns are called: from the many spellings to one name each."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from workbench import DataError

PRICES = ("open", "high", "low", "close")
SIDES = tuple(f"{side}_{price}" for side in ("bid", "ask") for price in PRICES)
NUMBERS = frozenset(
    {*PRICES, *SIDES, "volume", "adj_close", "bid", "ask", "spread", "split_factor", "dividend", "tick_volume"}
)
"""Columns that hold numbers, whatever is written in them."""

DATE_NAMES = (
    *("date", "datetime", "date_time", "timestamp", "time", "day", "session", "trade_date", "trading_date"),
    *("trading_day", "business_date", "exchange_date", "observation_date", "open_time", "opentime", "gmt_time"),
    *(
        "utc_time",
        "local_time",
        "time_stamp",
        "dt",
        "ts",
        "unix",
        "unix_time",
        "unix_timestamp",
        "epoch",
        "timestamp_ms",
    ),
)
TIME_NAMES = ("time", "hour", "time_of_day", "trade_time", "trading_time")
SYMBOL_NAMES = (
    *("symbol", "ticker", "tic", "instrument", "code", "ric", "isin", "security", "asset", "stock", "contract", "pair"),
    *("name", "stock_symbol", "ticker_symbol", "stock_name", "stock_code", "sid", "secid", "security_id"),
)
UNNAMED = frozenset({"", "index", "level_0", "index_level_0", "unnamed_0"})

# The first of a row that is there gets the name; the others keep their own.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "open": ("open", "open_price", "opening_price", "price_open", "px_open", "first", "opening"),
    "high": ("high", "high_price", "price_high", "px_high", "highest_price", "max", "day_high"),
    "low": ("low", "low_price", "price_low", "px_low", "lowest_price", "min", "day_low"),
    "close": (
        *("close", "close_last", "close_price", "closing_price", "price_close", "closing", "last", "last_price"),
        *("px_last", "price", "settle", "settlement", "settlement_price", "settle_price"),
    ),
    "volume": ("volume", "vol", "total_volume", "px_volume", "volume_traded", "shares_traded"),
    "adj_close": ("adj_close", "adjclose", "adjusted_close", "adjusted_closing_price", "close_adj", "adj_close_price"),
    "split_factor": ("split_factor", "splitfactor", "split_coefficient"),
    "dividend": ("dividend", "dividends", "div_cash", "dividend_amount", "cash_dividend"),
    "tick_volume": ("tick_volume", "tickvol", "tick_vol"),
}
_SINGLE = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}


def snake_case(name: Any) -> str:
    """Return a column's name in snake case, without marks: `<Adj. Close*>` is `adj_close`."""
    text = re.sub(r"^\s*\d+[.)]\s+(?=[A-Za-z])", "", str(name))  # "1. open"
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.strip())
    text = re.sub(r"(?:[^\w%]|_)+", "_", text).lower()
    return text.replace("%", "pct").strip("_")


def tidy_names(columns: Sequence[Any]) -> list[str]:
    """Return a name for each column: the usual ones for prices and volume, else the own one in snake case.

    Raises
    ------
    DataError
        Two columns have one name.
    """
    names = usual_names(columns)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise DataError(f"there is more than one column called {', '.join(twice)} in {list(map(str, columns))}.")
    return names


def usual_names(columns: Sequence[Any]) -> list[str]:
    """Return the same names, whether or not some come twice."""
    names = [snake_case(column) for column in columns]
    if set("ohlc") <= set(names):
        names = [_SINGLE.get(name, name) for name in names]
    names = [_side(name) or name for name in names]
    for wanted, spellings in _SPELLINGS.items():
        there = next((spelling for spelling in spellings if spelling in names), None)
        if there is not None:
            names = [wanted if name == there else name for name in names]
    return names


def is_known(name: str) -> bool:
    """Whether a tidy name is that of prices, volume, dates or symbols."""
    return name in NUMBERS or name in DATE_NAMES or name in SYMBOL_NAMES


def _side(name: str) -> str | None:
    """Return `bid_open` for `open_bid`, `bidopen` and the like."""
    parts = re.fullmatch(
        r"(?P<side>bid|ask)_?(?P<price>open|high|low|close|o|h|l|c)|"
        r"(?P<price2>open|high|low|close|o|h|l|c)_?(?P<side2>bid|ask)",
        name,
    )
    if parts is None:
        return {"offer": "ask", "bid_price": "bid", "ask_price": "ask"}.get(name)
    price = parts["price"] or parts["price2"]
    return f"{parts['side'] or parts['side2']}_{_SINGLE.get(price, price)}"


def find_column(columns: Iterable[Any], names: Sequence[str], asked: str | None, usual: Iterable[str]) -> int | None:
    """Return the position of the column asked for as the file spells it, else of the first with a usual name."""
    known = list(map(str, columns))
    if asked is not None:
        if asked in known:
            return known.index(asked)
        if snake_case(asked) in names:
            return list(names).index(snake_case(asked))
        raise DataError(f"there is no column {asked!r}.{suggest(asked, known)} There are {known}.")
    return next((list(names).index(name) for name in usual if name in names), None)


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"` for the nearest of `known` in any case, or nothing."""
    lower = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), lower, n=1)
    return f" Did you mean {lower[near[0]]!r}?" if near else ""
