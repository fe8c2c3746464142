"""From a table of bars, of one symbol or many, to the bars of one symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench import DataError, Repair, infer_interval, with_repairs
from workbench_sources._columns import Columns, find_columns, numbered, with_one_price
from workbench_sources._dates import read_dates
from workbench_sources._headers import few, suggest
from workbench_sources._repairs import at_rows, at_times, counted, was
from workbench_sources._sides import with_mid_prices
from workbench_sources._unknown import refuse_unknown_prices
from workbench_sources._zones import in_zone, zone_beside

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

Stamps = Literal["start", "end"]


@dataclass(frozen=True)
class Layout:
    """How a table is laid out, as far as the user says; None is found out."""

    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    timezone: str | None = None
    decimal: Literal[".", ","] | None = None
    stamps: Stamps = "start"
    strict: bool = False


@dataclass(frozen=True, eq=False)
class Table:
    """Rows indexed by date or stamp, in the order of the file; never changed, since it is kept between fetches."""

    rows: pd.DataFrame
    codes: npt.NDArray[np.intp] | None
    """Number of each row's symbol in `names`; None where the table holds one symbol."""
    names: tuple[str, ...]
    repairs: tuple[Repair, ...]
    layout: Layout

    def symbols(self, alone: str) -> list[str]:
        """Symbols in the table; `alone` where it has no column for them."""
        return [alone] if self.codes is None else sorted(self.names)

    def bars_of(self, symbol: str, alone: str, where: str) -> pd.DataFrame:
        """Return the rows of `symbol`, oldest first, with the repairs they had.

        Raises
        ------
        DataError
            There are none, or they need repairs that `strict` forbids.
        """
        known = self.symbols(alone)
        if symbol not in known:
            raise DataError(f"{where} has no symbol {symbol!r}.{suggest(symbol, known)} It has {few(known)}.")
        rows = self.rows if self.codes is None else self.rows[self.codes == self.names.index(symbol)]
        rows, repairs = _in_order(rows)
        if self.layout.stamps == "end":
            rows = _from_opening_stamps(rows, symbol)
        try:
            return with_repairs(rows.copy(), (*self.repairs, *repairs), strict=self.layout.strict)
        except DataError as err:
            raise DataError(f"{where}: {err}") from None

    def of_one_symbol(self, where: str) -> Table:
        """Return the table without its column of symbols, which must name one alone."""
        if self.codes is None:
            return self
        if len(self.names) > 1:
            raise DataError(
                f"{where} holds {len(self.names)} symbols ({few(list(self.names))}), and of a folder each file is "
                "taken as one. Name the file itself."
            )
        return replace(self, codes=None)


def make_table(raw: pd.DataFrame, layout: Layout, repairs: Sequence[Repair] = ()) -> Table:
    """Find the dates and the symbols of a table, and read dates and numbers.

    Parameters
    ----------
    raw : DataFrame
        Columns as they are called in the file; dates and symbols as text where the file is text.
    layout : Layout
    repairs : sequence of Repair
        What was mended already.

    Raises
    ------
    DataError
        There are no dates, they cannot be read, or a row names no symbol.
    """
    found = find_columns(raw, layout.columns)
    values = raw.index if found.dates is None else _index(raw, found.dates)
    rows = raw.iloc[:, list(found.kept)].set_axis([found.names[at] for at in found.kept], axis=1)
    times = None if found.times is None else raw.iloc[:, found.times]
    full = _filled(rows, values)
    emptied = [] if full.all() else [_said_empty(~full)]
    if emptied:
        rows, values, times = rows[full], values[full], None if times is None else times[full]
    moments, dated = read_dates(values, times, layout.date_format)
    codes, names = _symbols(raw, found, full)
    timezone, zoned = zone_beside(moments, rows, layout.timezone)
    moments, placed = in_zone(moments, timezone, codes)
    rows, read = numbered(rows, layout.decimal)
    rows, priced = with_one_price(rows)
    rows, mids = with_mid_prices(rows)
    refuse_unknown_prices(raw, rows, found)
    rows = rows.set_axis(moments.rename("date"))
    return Table(
        rows, codes, names, (*repairs, *found.repairs, *emptied, *dated, *zoned, *placed, *read, *priced, *mids), layout
    )


def _index(raw: pd.DataFrame, position: int) -> pd.Index[Any]:
    import pandas as pd

    index: pd.Index[Any] = pd.Index(raw.iloc[:, position])
    return index


def _filled(rows: pd.DataFrame, values: pd.Index[Any]) -> npt.NDArray[np.bool_]:
    """Rows with something in them, be it a date; those with nothing are left out."""
    dateless = np.asarray(values.isna())
    if values.dtype.kind == "O" or values.dtype == "str":
        dateless = dateless | np.asarray(values == "", dtype=bool)
    full = ~dateless
    if dateless.any():
        part = rows[dateless]
        full[dateless] = ~(part.isna() | (part == "")).all(axis=1).to_numpy()
    return full


def _said_empty(empty: npt.NDArray[np.bool_]) -> Repair:
    n = int(empty.sum())
    sentence = f"{counted(n, 'row')} had nothing in {'it' if n == 1 else 'them'}, no date even, and {was(n)} left out."
    return at_rows("empty_rows", sentence, empty)


def _symbols(
    raw: pd.DataFrame, found: Columns, full: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.intp] | None, tuple[str, ...]]:
    import pandas as pd

    if found.symbols is None:
        return None, ()
    column = raw.iloc[:, found.symbols][full]
    symbols = column.astype("str").str.strip()
    blank = (column.isna() | (symbols == "")).to_numpy()
    if blank.any():
        raise DataError(
            f"column {column.name!r} names no symbol in {int(blank.sum())} rows, the first is row "
            f"{int(blank.argmax()) + 1}. Fill it in, or remove these rows."
        )
    codes, names = pd.factorize(symbols)
    return codes, tuple(map(str, names))


def _in_order(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Repair]]:
    """Put rows oldest first; rows of one time stay as they were."""
    times = rows.index
    if times.is_monotonic_increasing:
        return rows, []
    if times.is_monotonic_decreasing:
        sentence = "The newest row came first: the order was turned round."
        return rows.sort_index(kind="stable"), [at_times("newest_first", sentence, times[:5], len(rows))]
    moments = times.asi8  # type: ignore[attr-defined]
    late = moments < np.maximum.accumulate(moments)
    n = int(late.sum())
    sentence = f"{counted(n, 'row')} came after later ones: all were put in the order of time."
    return rows.sort_index(kind="stable"), [at_times("out_of_order", sentence, times[late][:5], n)]


def _from_opening_stamps(rows: pd.DataFrame, symbol: str) -> pd.DataFrame:
    """Move stamps from the end of each bar to its start; bars of a day and longer have dates, which stay."""
    import pandas as pd

    stamps = pd.DatetimeIndex(rows.index)
    utc = stamps if stamps.tz is None else stamps.tz_convert("UTC")
    try:
        interval = infer_interval(utc.unique())
    except DataError as err:
        raise DataError(f"`stamps = 'end'` needs the length of a bar, and of {symbol!r} {err}") from err
    if not interval.is_intraday:
        return rows
    return rows.set_axis(stamps - pd.Timedelta(seconds=interval.seconds))
