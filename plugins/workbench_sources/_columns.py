"""Which column is which, and their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from workbench import DataError, Repair
from workbench_sources._guessing import guess_dates, says_time
from workbench_sources._headers import (
    DATE_NAMES,
    NUMBERS,
    SYMBOL_NAMES,
    TIME_NAMES,
    UNNAMED,
    find_usual,
    tidy_names,
)
from workbench_sources._numbers import read_numbers
from workbench_sources._times import are_times

if TYPE_CHECKING:
    import pandas as pd

_SAMPLE = 50


@dataclass(frozen=True)
class Columns:
    """Positions of columns, and all their tidy names; `dates` is None where the index holds them."""

    names: tuple[str, ...]
    dates: int | None
    times: int | None
    symbols: int | None
    repairs: tuple[Repair, ...] = ()

    @property
    def kept(self) -> tuple[int, ...]:
        """Positions of the columns that are neither dates, times, symbols nor without a name."""
        taken = (self.dates, self.times, self.symbols)
        return tuple(at for at, name in enumerate(self.names) if at not in taken and name not in UNNAMED)


def find_columns(raw: pd.DataFrame, said: Mapping[str, str]) -> Columns:
    """Find the columns of dates, times of day and symbols.

    Parameters
    ----------
    raw : DataFrame
    said : mapping of str to str
        From our names to the file's, as far as the user gave some.

    Raises
    ------
    DataError
        A column asked for is not there, or nothing holds dates.
    """
    names = tuple(tidy_names(list(raw.columns), said))
    symbols = find_usual(names, SYMBOL_NAMES)
    dates = find_usual(names, DATE_NAMES)
    if dates is None:
        dates = _unnamed_dates(raw, names)
    repairs: list[Repair] = []
    if dates is None and not _index_may_hold_dates(raw):
        dates, repairs = guess_dates(raw, names, symbols)
        if dates is None:
            raise DataError(_no_dates(raw))
    times = _times_beside(raw, names, dates, "time" in said)
    return Columns(names, dates, times, symbols, tuple(repairs))


def _unnamed_dates(raw: pd.DataFrame, names: tuple[str, ...]) -> int | None:
    return next((at for at, name in enumerate(names) if name in UNNAMED and are_dates(raw.iloc[:, at])), None)


def are_dates(values: pd.Series[Any]) -> bool:
    """Whether a column without a name holds dates, and not the numbers of rows."""
    if values.dtype.kind == "M":
        return True
    first = next((value for value in values.head(_SAMPLE).tolist() if value == value and value != ""), None)
    text = "" if first is None else str(first).strip()
    return values.dtype.kind not in "iufb" and len(text) >= 6 and any(c.isdigit() for c in text)


def _index_may_hold_dates(raw: pd.DataFrame) -> bool:
    import pandas as pd

    return not isinstance(raw.index, pd.MultiIndex) and not pd.api.types.is_numeric_dtype(raw.index)


def _no_dates(raw: pd.DataFrame) -> str:
    columns = list(map(str, raw.columns))
    return (
        f"no column holds the dates: there is none called {', '.join(DATE_NAMES[:5])} or the like among {columns}, and "
        f'none that holds nothing but dates. Say which it is, such as `columns = {{date = "{columns[0]}"}}`.'
    )


def _times_beside(raw: pd.DataFrame, names: tuple[str, ...], dates: int | None, is_said: bool) -> int | None:
    """Return the column of times of day beside one of dates."""
    if dates is None:
        return None
    at = find_usual(names, TIME_NAMES)
    if is_said and at != dates:
        return at
    if at is None or at == dates or not are_times(raw.iloc[:, at]):
        return None
    first = raw.iloc[:, dates].dropna().head(_SAMPLE)
    if first.dtype.kind == "M":
        return at if (first == first.dt.normalize()).all() else None
    return None if first.astype("str").str.contains(":", regex=False).any() else at


def numbered(rows: pd.DataFrame, decimal: Literal[".", ","] | None) -> tuple[pd.DataFrame, list[Repair]]:
    """Read numbers that are text; numbers that are numbers already stay as they are.

    Raises
    ------
    DataError
        A column that must hold numbers does not, or it cannot be told how they are written.
    """
    texts = {name: rows[name] for name in rows.columns if _may_be_numbers(name, rows[name])}
    if not texts:
        return rows, []
    if not NUMBERS & set(texts):  # prices are plain, and so is the rest
        decimal = decimal or "."
    read, repairs = read_numbers(texts, decimal)
    return rows.assign(**read), repairs


def _may_be_numbers(name: str, values: pd.Series[Any]) -> bool:
    if values.dtype.kind in "iufM":
        return False
    if name in NUMBERS:
        return True
    if values.dtype.kind == "b":
        return False
    first = values.dropna().head(_SAMPLE).astype("str").str.strip()
    return len(first) > 0 and bool(first.str.fullmatch(r"[-+($]*\d.*|[-.]|").all())


def with_one_price(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Repair]]:
    """Take the only number there is for the close, whatever it is called."""
    if any(name in NUMBERS and name != "volume" for name in rows.columns):
        return rows, []
    numeric = [name for name in rows.columns if rows[name].dtype.kind in "iuf" and name != "volume"]
    if len(numeric) != 1 or len(rows.columns) - ("volume" in rows.columns) != 1:
        return rows, []
    sentence = f"The only column of numbers, {numeric[0]!r}, was taken for the close."
    return rows.rename(columns={numeric[0]: "close"}), [Repair("only_price", sentence, len(rows))]


def text_columns(names: list[str], first_row: list[str], said: Mapping[str, str]) -> list[int]:
    """Return the columns to be read as text: the symbols, lest NA or TRUE be taken for values, dates and times.

    Parameters
    ----------
    names : list of str
        As the file writes them.
    first_row : list of str
        Values of the first row, which tell dates from row numbers in a column without a name.
    said : mapping of str to str
        From our names to the file's.
    """
    tidy = tidy_names(names, said)
    dates = find_usual(tidy, DATE_NAMES)
    chosen = [find_usual(tidy, SYMBOL_NAMES), dates, *(find_usual(tidy, [name]) for name in TIME_NAMES)]
    if dates is None:
        chosen += [
            at
            for at, name in enumerate(tidy)
            if name in UNNAMED and at < len(first_row) and len(first_row[at]) >= 6 and first_row[at][:1].isalnum()
        ]
        chosen += [at for at, name in enumerate(tidy) if says_time(name)]
    return list(dict.fromkeys(at for at in chosen if at is not None))
