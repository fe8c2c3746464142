"""What columns are called: from the many spellings to one name each."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from workbench import DataError
from workbench_sources._languages import DATES_ABROAD, PRICES_ABROAD, SYMBOLS_ABROAD, TIMES_ABROAD

PRICES = ("open", "high", "low", "close")
SIDES = tuple(f"{side}_{price}" for side in ("bid", "ask") for price in PRICES)
NUMBERS = frozenset(
    {*PRICES, *SIDES, "volume", "adj_close", "bid", "ask", "spread", "split_factor", "dividend", "tick_volume"}
)
"""Columns that hold numbers, whatever is written in them."""

DATE_NAMES = (
    *("date", "datetime", "date_time", "timestamp", "time", "day", "session", "trade_date", "trading_date"),
    *("trading_day", "business_date", "exchange_date", "observation_date", "open_time", "opentime", "gmt_time"),
    *("utc_time", "local_time", "time_stamp", "dt", "ts", "unix", "unix_time", "unix_timestamp", "epoch"),
    *("timestamp_ms", "window_start", "start_time", "bar_start", "period_start", "snapped_at", "as_of_date"),
    *("price_date", "quote_date", "pricing_date", "valuation_date", *DATES_ABROAD, "t"),
)
TIME_NAMES = ("time", "hour", "time_of_day", "trade_time", "trading_time", *TIMES_ABROAD)
SYMBOL_NAMES = (
    *("symbol", "ticker", "tic", "instrument", "code", "ric", "isin", "security", "asset", "stock", "contract", "pair"),
    *("name", "stock_symbol", "ticker_symbol", "stock_name", "stock_code", "sid", "secid", "security_id"),
    *SYMBOLS_ABROAD,
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
_NOTHING: Mapping[str, str] = MappingProxyType({})
_SINGLE = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}


def snake_case(name: Any) -> str:
    """Return a column's name in snake case, without marks: `<Adj. Close*>` is `adj_close`."""
    text = re.sub(r"^\s*\d+[.)]\s+(?=[A-Za-z])", "", unicodedata.normalize("NFC", str(name)))  # "1. open"
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.strip())
    text = re.sub(r"(?:[^\w%]|_)+", "_", text).lower()
    return text.replace("%", "pct").strip("_")


def tidy_names(columns: Sequence[Any], said: Mapping[str, str] = _NOTHING) -> list[str]:
    """Return a name for each column: the usual ones for prices and volume, else the own one in snake case.

    Parameters
    ----------
    columns : sequence
        As the file calls them.
    said : mapping of str to str
        From our names to the file's, where the user gave some. Another column that would have one of these names is
        called `other_close` and the like.

    Raises
    ------
    DataError
        Two columns have one name, or a column that the user named is not there.
    """
    given = positions(columns, said)
    names = usual_names(columns, frozenset(given.values()))
    names = [given.get(at) or (f"other_{name}" if name in said else name) for at, name in enumerate(names)]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise DataError(f"there is more than one column called {', '.join(twice)} in {list(map(str, columns))}.")
    return names


def usual_names(columns: Sequence[Any], taken: frozenset[str] = frozenset()) -> list[str]:
    """Return the same names, whether or not some come twice; those taken are given to no other spelling."""
    names = [snake_case(column) for column in columns]
    if set("ohlc") <= set(names):
        names = [_SINGLE.get(name, name) for name in names]
    names = [_side(name) or name for name in names]
    folded = [_folded(name) for name in names]
    for wanted, spellings in _SPELLINGS.items():
        known = (*spellings, *PRICES_ABROAD.get(wanted, ()))
        there = None if wanted in taken else next((spelling for spelling in known if spelling in folded), None)
        if there is not None:
            names = [wanted if own == there else name for own, name in zip(folded, names, strict=True)]
    return names


def positions(columns: Sequence[Any], said: Mapping[str, str]) -> dict[int, str]:
    """Return which columns the user gave which of our names.

    Raises
    ------
    DataError
        One is not there, or was given two names.
    """
    known = list(map(str, columns))
    spelt = [snake_case(name) for name in known]
    found: dict[int, str] = {}
    for name, column in said.items():
        ways = (known, spelt, usual_names(columns))
        sought = (column, snake_case(column), snake_case(column))
        at = next((names.index(text) for names, text in zip(ways, sought, strict=True) if text in names), None)
        if at is None:
            raise DataError(f"there is no column {column!r}.{suggest(column, known)} There are {known}.")
        if at in found:
            raise DataError(f"the column {column!r} cannot be both {found[at]!r} and {name!r}; name one of them.")
        found[at] = name
    return found


def _folded(name: str) -> str:
    """Return a name without its accents."""
    if name.isascii():
        return name
    return "".join(mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark))


def is_known(name: str) -> bool:
    """Whether a tidy name is that of prices, volume, dates or symbols."""
    return name in NUMBERS or _folded(name) in DATE_NAMES or _folded(name) in SYMBOL_NAMES


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


def find_usual(names: Sequence[str], usual: Iterable[str]) -> int | None:
    """Return the position of the first column that has one of the usual names."""
    folded = [_folded(name) for name in names]
    return next((folded.index(name) for name in usual if name in folded), None)


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"` for the nearest of `known` in any case, or nothing."""
    lower = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), lower, n=1)
    return f" Did you mean {lower[near[0]]!r}?" if near else ""


def few(names: list[str]) -> str:
    """Name the first dozen of many."""
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
