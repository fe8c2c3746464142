"""Reading dates as files write them, without ever guessing between day and month."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import DataError, Repair
from workbench_sources._digits import in_ascii
from workbench_sources._epochs import read_digits, read_epochs, special_format
from workbench_sources._forms import read_form

if TYPE_CHECKING:
    import pandas as pd

_OFFSET = re.compile(r"([Tt ]\d{2}[\d:.,]*)\s*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$")
"""Of a stamp with a time of day: what stands behind a date alone, as in 2021-02-15, is the day."""
_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE]\+?\d+)?"
_ZONE_WORDS = r"(?i)\s*(?:UTC|GMT)\s*(?=[+-]\d|$)"


def read_dates(
    values: pd.Index[Any], times: pd.Series[Any] | None, date_format: str | None
) -> tuple[pd.DatetimeIndex, list[Repair]]:
    """Read a column of dates or stamps, perhaps with the time of day in a column of its own.

    Parameters
    ----------
    values : Index
        Datetimes, ISO text, text of one other form that every row fits and that cannot be mistaken, dates as numbers
        such as 20201231, or counts since 1970.
    times : Series or None
        Times of day as text, to be added.
    date_format : str or None
        How the text is written, as for `strptime`, or one of `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns` and `excel`
        for numbers; None decides from the whole column.

    Returns
    -------
    moments : DatetimeIndex
        With a zone where the values name one.
    repairs : list of Repair

    Raises
    ------
    DataError
        A value is missing or cannot be read, or day and month cannot be told apart.
    """
    import pandas as pd

    if times is not None:
        return _joined(values, times, date_format)
    if isinstance(values, pd.DatetimeIndex):
        _refuse_blanks(values)
        return values, []
    if pd.api.types.is_numeric_dtype(values):
        _refuse_blanks(values)
        return read_epochs(values, date_format)
    return _read_text(values, date_format)


def _read_text(values: pd.Index[Any], date_format: str | None) -> tuple[pd.DatetimeIndex, list[Repair]]:
    import pandas as pd

    if date_format is None and (moments := _as_iso(values)) is not None:  # as most files are
        return moments, []
    text = pd.Index([in_ascii(str(value).strip()) for value in values.where(values.notna(), "").tolist()], dtype="str")
    _refuse_blanks(text)
    if date_format is not None and not special_format(date_format):
        return _read_as(text, date_format), []
    if re.fullmatch(_NUMBER, text[0]) and text.str.fullmatch(_NUMBER).all():
        return read_digits(text, date_format)
    if date_format is not None:
        raise DataError(f"`date_format` is {date_format!r}, but dates such as {text[0]!r} are no numbers.")
    if re.search(_ZONE_WORDS, text[0]):
        text = text.str.replace(_ZONE_WORDS, lambda m: "" if m.end() < len(m.string) else "+00:00", regex=True)
    moments = _as_iso(text)
    return (moments, []) if moments is not None else read_form(text)


def _refuse_blanks(values: pd.Index[Any]) -> None:
    blank = np.asarray(values.isna())
    if values.dtype.kind == "O" or values.dtype == "str":
        blank = blank | np.asarray(values == "", dtype=bool)
    if blank.any():
        raise DataError(
            f"row {int(blank.argmax()) + 1} has no date ({int(blank.sum())} such rows). Fill it in, or remove them."
        )


def _read_as(text: pd.Index[Any], date_format: str) -> pd.DatetimeIndex:
    import pandas as pd

    read = pd.to_datetime(text, format=date_format, errors="coerce")
    if read.isna().any():
        row = int(read.isna().argmax())
        raise DataError(
            f"`date_format` is {date_format!r}, but row {row + 1} has the date {text[row]!r}. "
            "Give the format that all dates have, or none to have it found."
        )
    return pd.DatetimeIndex(read)


def _as_iso(text: pd.Index[Any]) -> pd.DatetimeIndex | None:
    """Read text as ISO 8601, or return None where it is not; dates as numbers are left to others."""
    import pandas as pd

    if len(text) and re.fullmatch(r"[-+]?[\d.]+|", str(text[0]).strip()) and not re.match(r"\d{4}\.", str(text[0])):
        return None
    try:
        moments = pd.to_datetime(text, format="ISO8601")
    except (ValueError, TypeError):
        return _with_changing_offsets(text)
    return None if moments.isna().any() else pd.DatetimeIndex(moments)


def _with_changing_offsets(text: pd.Index[Any]) -> pd.DatetimeIndex | None:
    """Read ISO text whose offset changes, as with summer time: dates stay dates, stamps go to UTC."""
    import pandas as pd

    if pd.to_datetime(text[:1], format="ISO8601", utc=True, errors="coerce").isna().any():
        return None  # as are most that are not
    if text.isna().any() or pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce").isna().any():
        return None
    offsets = np.array([_OFFSET.search(value) is not None for value in text.tolist()], dtype=bool)
    if not offsets.all():
        bare = text[~offsets]
        if offsets.any():
            raise DataError(f"some stamps name their offset from UTC, and {bare[0]!r} does not. Write all in one way.")
    local = pd.to_datetime(text.str.replace(_OFFSET, r"\1", regex=True), format="ISO8601")
    if (local == local.normalize()).all():
        return pd.DatetimeIndex(local)
    return pd.DatetimeIndex(pd.to_datetime(text, format="ISO8601", utc=True))


def _joined(
    values: pd.Index[Any], times: pd.Series[Any], date_format: str | None
) -> tuple[pd.DatetimeIndex, list[Repair]]:
    from workbench_sources._times import read_times

    said = Repair(
        "joined_columns",
        f"Dates and times of day stand in two columns, the second {times.name!r}: they were joined.",
        len(values),
    )
    if date_format is not None and re.search(r"%[HIMSp]", date_format):
        both = values.astype("str").str.strip() + " " + times.astype("str").str.strip().to_numpy()
        return _read_as(both, date_format), [said]
    dates, repairs = read_dates(values, None, date_format)
    return dates + read_times(times), [said, *repairs]
