"""When bars are: finding their dates or stamps in a frame, and reading them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

LABEL_COLUMNS = ("date", "datetime", "timestamp", "time")

_OFFSET = r"(:\d{2}(?:\.\d+)?)\s*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$"
"""A zone behind a time of day; the time is kept. A date alone, such as 31-12-2020, has none."""


@dataclass(frozen=True, eq=False)
class Stamps:
    """Moments as written and in UTC; both without a zone, and the same where the data named no zone."""

    local: pd.DatetimeIndex
    utc: pd.DatetimeIndex

    @property
    def are_dates(self) -> bool:
        """Whether all of them are midnights where they were written: dates, not times."""
        return bool((self.local == self.local.normalize()).all())

    @property
    def are_utc(self) -> bool:
        """Whether they were written in UTC, or without a zone."""
        return bool((self.local == self.utc).all())


def take_stamps(frame: pd.DataFrame) -> tuple[Stamps, pd.DataFrame]:
    """Read the dates or stamps of a frame with tidy column names, and return the frame without them.

    Raises
    ------
    DataError
        There are none, or some cannot be read.
    """
    import pandas as pd

    if isinstance(frame.index, pd.DatetimeIndex):
        return read_stamps(frame.index, "the index"), frame
    column = next((name for name in LABEL_COLUMNS if name in frame.columns), None)
    if column is not None:
        return read_stamps(frame[column], f"the column {column!r}"), frame.drop(columns=column)
    if isinstance(frame.index, pd.MultiIndex) or pd.api.types.is_numeric_dtype(frame.index):
        raise DataError(
            f"the bars have no dates: the index counts rows, and none of the columns {list(frame.columns)} "
            f"is called {', '.join(LABEL_COLUMNS[:-1])} or {LABEL_COLUMNS[-1]}. Name one so, or set a "
            "DatetimeIndex."
        )
    return read_stamps(frame.index, "the index"), frame


def read_stamps(values: pd.Index[Any] | pd.Series[Any], where: str) -> Stamps:
    """Read dates or stamps: datetimes with or without a zone, or ISO 8601 text, also with mixed offsets."""
    import pandas as pd

    moments = pd.Index(values)
    missing = moments.isna()
    if missing.any():
        row = int(missing.argmax()) + 1
        raise DataError(f"{where} has no date in {int(missing.sum())} rows, the first is row {row}. Remove them.")
    if isinstance(moments, pd.DatetimeIndex):
        return _from_datetimes(moments)
    return _from_text(moments.astype(str), where)


def _from_datetimes(moments: pd.DatetimeIndex) -> Stamps:
    if moments.tz is None:
        naive = moments.as_unit("ns")
        return Stamps(naive, naive)
    return Stamps(moments.tz_localize(None).as_unit("ns"), moments.tz_convert("UTC").tz_localize(None).as_unit("ns"))


def _from_text(text: pd.Index[Any], where: str) -> Stamps:
    import pandas as pd

    text = text.str.strip()
    try:
        local = pd.to_datetime(text.str.replace(_OFFSET, r"\1", regex=True), format="ISO8601")
        utc = pd.to_datetime(text, format="ISO8601", utc=True)
        return Stamps(local.as_unit("ns"), utc.tz_localize(None).as_unit("ns"))
    except ValueError as err:
        bad = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce").isna()
        example = text[bad][0] if bad.any() else text[0]
        raise DataError(
            f"{where} holds {example!r}, which is no ISO date such as 2020-12-31. "
            "Parse it first (pandas: `pd.to_datetime(column, format=...)`), "
            "or read the file with the csv source and its `date_format`."
        ) from err
