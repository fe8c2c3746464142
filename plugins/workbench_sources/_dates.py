"""Reading dates as files write them, without ever guessing between day and month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import DataError

if TYPE_CHECKING:
    import pandas as pd

_FORMATS = ("%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y")
"""Forms other than ISO that are recognised; `/` and `.` count as `-`."""
_TIMES = ("", " %H:%M", " %H:%M:%S")
_OFFSET = r"\s*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$"


def read_dates(values: pd.Index[Any], date_format: str | None, timezone: str | None) -> pd.DatetimeIndex:
    """Read a column of dates or stamps.

    Parameters
    ----------
    values : Index
        Datetimes, ISO text, or text of one other form that every row fits and that cannot be mistaken.
    date_format : str or None
        How the text is written, as for `strptime`; None decides from the whole column.
    timezone : str or None
        Zone of stamps that name none; stamps that do are brought to it.

    Returns
    -------
    DatetimeIndex
        With a zone where the values or `timezone` name one.

    Raises
    ------
    DataError
        A value is missing or cannot be read, or day and month cannot be told apart.
    """
    import pandas as pd

    moments = values if isinstance(values, pd.DatetimeIndex) else _read_text(values.astype(str), date_format)
    if timezone is None:
        return moments
    if moments.tz is not None:
        return moments.tz_convert(timezone)
    return _localised(moments, timezone)


def _read_text(text: pd.Index[Any], date_format: str | None) -> pd.DatetimeIndex:
    text = text.str.strip()
    if date_format is not None:
        return _read_as(text, date_format)
    return _read_iso(text) if _is_iso(text) else _read_other(text)


def _read_as(text: pd.Index[Any], date_format: str) -> pd.DatetimeIndex:
    import pandas as pd

    read = pd.to_datetime(text, format=date_format, errors="coerce")
    if read.isna().any():
        row = int(read.isna().argmax())
        raise DataError(
            f"`date_format` is {date_format!r}, but row {row + 1} has the date {text[row]!r}. "
            "Give the format that all dates have, or none to have it found."
        )
    return read


def _is_iso(text: pd.Index[Any]) -> bool:
    import pandas as pd

    return not pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce").isna().any()


def _read_iso(text: pd.Index[Any]) -> pd.DatetimeIndex:
    import pandas as pd

    try:
        return pd.to_datetime(text, format="ISO8601")
    except ValueError:  # offsets that change, as with summer time: dates stay dates, stamps go to UTC
        local = pd.to_datetime(text.str.replace(_OFFSET, "", regex=True), format="ISO8601")
        return local if (local == local.normalize()).all() else pd.to_datetime(text, format="ISO8601", utc=True)


def _read_other(text: pd.Index[Any]) -> pd.DatetimeIndex:
    import pandas as pd

    plain = text.str.replace(r"(?<=\d|[A-Za-z])[/.](?=\d|[A-Za-z])", "-", regex=True)
    time = _TIMES[min(plain[0].count(":"), 2)]
    readings = {form + time: pd.to_datetime(plain, format=form + time, errors="coerce") for form in _FORMATS}
    fitting = {form: read for form, read in readings.items() if not read.isna().any()}
    if not fitting:
        raise DataError(f"{_first_odd(text)} Say how all dates are written, such as `date_format = '%d-%m-%Y'`.")
    first, *others = fitting.values()
    if any(not other.equals(first) for other in others):
        raise DataError(
            f"dates such as {text[0]!r} may be day before month or month before day, and every row fits both. "
            f"Say which with `date_format`: {' or '.join(repr(form) for form in fitting)}, with the file's own "
            "separators."
        )
    return first


def _first_odd(text: pd.Index[Any]) -> str:
    blank = text == ""
    if blank.any():
        return f"row {int(blank.argmax()) + 1} has no date."
    return f"dates such as {text[0]!r} and {text[-1]!r} are not ISO (2020-12-31), nor all of one other known form."


def _localised(moments: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
    try:
        return moments.tz_localize(timezone, ambiguous="infer", nonexistent="shift_forward")
    except ValueError as err:
        raise DataError(
            f"some stamps cannot be placed in the zone {timezone!r}: {err}. "
            "At the end of summer time an hour happens twice; write the stamps with their offset or in UTC."
        ) from err
