"""From a table of bars, of one symbol or many, to the bars of one symbol."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import DataError
from workbench_sources._dates import read_dates

if TYPE_CHECKING:
    import pandas as pd

DATE_COLUMNS = ("date", "datetime", "timestamp", "time")
SYMBOL_COLUMNS = ("symbol", "ticker", "name")


@dataclass(frozen=True)
class Layout:
    """How a table is laid out, as far as the user says; None is found out."""

    symbol_column: str | None = None
    date_column: str | None = None
    date_format: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Rows indexed by date or stamp, oldest first; never changed, since it is kept between fetches."""

    rows: pd.DataFrame
    symbol_of: pd.Series[str] | None

    def symbols(self, alone: str) -> list[str]:
        """Symbols in the table; `alone` where it has no column for them."""
        return [alone] if self.symbol_of is None else sorted(self.symbol_of.unique())

    def bars_of(self, symbol: str, alone: str, where: str) -> pd.DataFrame:
        """Return the rows of `symbol`; raise `DataError` when there are none."""
        known = self.symbols(alone)
        if symbol not in known:
            raise DataError(f"{where} has no symbol {symbol!r}.{suggest(symbol, known)} It has {_few(known)}.")
        rows = self.rows if self.symbol_of is None else self.rows[(self.symbol_of == symbol).to_numpy()]
        return rows.copy()


def make_table(raw: pd.DataFrame, layout: Layout) -> Table:
    """Find the dates and the symbols of a table.

    Raises
    ------
    DataError
        There are no dates, they cannot be read, or a row names no symbol.
    """
    date_column = find_date_column(raw, layout)
    symbol_column = find_column(raw.columns, layout.symbol_column, SYMBOL_COLUMNS)
    values = raw.index if date_column is None else raw.set_index(date_column).index
    rows = raw.drop(columns=[column for column in (date_column, symbol_column) if column is not None])
    rows = rows.set_axis(read_dates(values, layout.date_format, layout.timezone).rename("date"))
    if symbol_column is None:
        return Table(rows.sort_index(kind="stable"), None)
    symbol_of = _read_symbols(raw[symbol_column], symbol_column).set_axis(rows.index)
    order = rows.index.argsort(kind="stable")
    return Table(rows.iloc[order], symbol_of.iloc[order])


def find_date_column(raw: pd.DataFrame, layout: Layout) -> Any | None:
    """Return the column that holds dates or stamps, or None where the index does."""
    import pandas as pd

    column = find_column(raw.columns, layout.date_column, DATE_COLUMNS)
    if column is not None:
        return column
    if not isinstance(raw.index, pd.MultiIndex) and not pd.api.types.is_numeric_dtype(raw.index):
        return None
    raise DataError(
        f"no column holds the dates: there is none called {', '.join(DATE_COLUMNS)} among {list(raw.columns)}. "
        "Call it `date`, make it the index, or, of a file, name it with `date_column`."
    )


def find_column(columns: Iterable[Any], asked: str | None, usual: Iterable[str]) -> Any | None:
    """Return the column asked for, else the first with a usual name in any case, else None."""
    known = list(columns)
    if asked is not None:
        if asked not in known:
            raise DataError(f"there is no column {asked!r}.{suggest(asked, map(str, known))} There are {known}.")
        return asked
    lower = {str(column).strip().lower(): column for column in reversed(known)}
    return next((lower[name] for name in usual if name in lower), None)


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"` for the nearest of `known` in any case, or nothing."""
    lower = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), lower, n=1)
    return f" Did you mean {lower[near[0]]!r}?" if near else ""


def _read_symbols(values: pd.Series[Any], column: Any) -> pd.Series[str]:
    symbols = values.astype(str).str.strip()
    blank = (values.isna() | (symbols == "")).to_numpy()
    if blank.any():
        raise DataError(
            f"column {column!r} names no symbol in {int(blank.sum())} rows, the first is row "
            f"{int(blank.argmax()) + 1}. Fill it in, or remove these rows."
        )
    return symbols


def _few(names: list[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
