"""Dates written as numbers: 20201231, counts since 1970, and the days of spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench import DataError, Repair

if TYPE_CHECKING:
    import pandas as pd

_Unit = Literal["s", "ms", "us", "ns"]
_UNITS: dict[_Unit, str] = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_LATEST = 4.2e9
"""Seconds from 1970 to beyond 2100."""
_EARLIEST = 1e8
"""Seconds from 1970 to 1973; a newest bar before that is taken for something else."""
_CALENDAR = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def special_format(date_format: str) -> bool:
    """Whether a format is one of numbers, none of `strptime`."""
    return date_format == "excel" or date_format in {f"epoch_{unit}" for unit in _UNITS}


def read_digits(text: pd.Index[Any], date_format: str | None) -> tuple[pd.DatetimeIndex, list[Repair]]:
    """Read text of digits alone: dates such as 20201231 or 202012310930, or counts since 1970.

    Raises
    ------
    DataError
        They are neither.
    """
    import pandas as pd

    if date_format is None:
        lengths = text.str.len().unique()
        form = _CALENDAR.get(int(lengths[0])) if len(lengths) == 1 else None
        if form is not None:
            read = pd.to_datetime(text, format=form, errors="coerce")
            if not read.isna().any() and read.year.min() >= 1800 and read.year.max() < 2200:
                return pd.DatetimeIndex(read), []
    return read_epochs(pd.Index(pd.to_numeric(text.to_series())), date_format)


def read_epochs(numbers: pd.Index[Any], date_format: str | None) -> tuple[pd.DatetimeIndex, list[Repair]]:
    """Read numbers as dates such as 20201231, or as counts since 1970 in the unit that their size tells.

    Raises
    ------
    DataError
        No reading gives dates of our time.
    """
    import pandas as pd

    if date_format == "excel":
        return pd.DatetimeIndex(pd.to_datetime(numbers, unit="D", origin="1899-12-30").round("ms")), []
    for unit in _UNITS:
        if date_format == f"epoch_{unit}":
            return _counted(numbers, unit), []
    if date_format is not None:  # as text, with what strptime makes of it
        text = numbers.astype("int64").astype("str")
        read = pd.to_datetime(text, format=date_format, errors="coerce")
        if read.isna().any():
            raise DataError(f"`date_format` is {date_format!r}, but there is the date {text[read.isna()][0]!r}.")
        return pd.DatetimeIndex(read), []
    whole = numbers == numbers.astype("int64")
    if whole.all() and 18000101 <= numbers.min() and numbers.max() < 22000101:
        text = numbers.astype("int64").astype("str")
        read = pd.to_datetime(text, format="%Y%m%d", errors="coerce")
        if not read.isna().any():
            return pd.DatetimeIndex(read), []
    return _decided(numbers)


def _decided(numbers: pd.Index[Any]) -> tuple[pd.DatetimeIndex, list[Repair]]:
    largest = float(np.abs(numbers.to_numpy(dtype=np.float64)).max())
    for power, unit in enumerate(_UNITS):
        if _EARLIEST <= largest / 1000.0**power < _LATEST:
            moments = _counted(numbers, unit)
            sentence = (
                f"Dates are numbers such as {_written(numbers[0])}: by their size they were read as {_UNITS[unit]} "
                f"since 1970, in UTC; {_written(numbers[0])} is {moments[0]:%Y-%m-%d %H:%M:%S}."
            )
            return moments, [Repair("epoch", sentence, len(numbers))]
    if (form := _calendar_form(numbers)) is not None:
        raise DataError(
            f"dates are numbers such as {_written(numbers[0])}, perhaps years{' and months' if form == '%Y%m' else ''}."
            f" If they are, set `date_format = '{form}'`."
        )
    if 10_000 <= numbers.min() and numbers.max() < 80_000:
        first = read_epochs(numbers[:1], "excel")[0][0]
        raise DataError(
            f"dates are numbers such as {_written(numbers[0])}, perhaps the days of a spreadsheet ({first:%Y-%m-%d}, "
            "or four years later where it counts from 1904). Nothing in the file says so. If it is the first, set "
            "`date_format = 'excel'`; better, save the dates as text such as 2020-12-31."
        )
    raise DataError(
        f"dates are numbers such as {_written(numbers[0])}, which are no dates such as 20201231, and no counts since "
        "1970 of our time. If you know what they are, say so with `date_format`: 'epoch_s', 'epoch_ms', 'epoch_us', "
        "'epoch_ns' or 'excel'."
    )


def _calendar_form(numbers: pd.Index[Any]) -> str | None:
    """Return how years, or years and months, are written as numbers, where they all may be such."""
    if (numbers != np.round(numbers)).any():
        return None
    if numbers.min() >= 1800 and numbers.max() < 2200:
        return "%Y"
    months = numbers % 100
    return (
        "%Y%m"
        if 180001 <= numbers.min() < numbers.max() + 1 < 220013 and months.min() >= 1 and months.max() <= 12
        else None
    )


def _written(number: Any) -> str:
    return str(int(number)) if number == int(number) else f"{number:.16g}"


def _counted(numbers: pd.Index[Any], unit: _Unit) -> pd.DatetimeIndex:
    import pandas as pd

    if (numbers == numbers.astype("int64")).all():
        return pd.DatetimeIndex(pd.to_datetime(numbers.to_numpy(dtype=np.int64), unit=unit, utc=True))
    per_second = 1000 ** list(_UNITS).index(unit)
    micros = np.round(numbers.to_numpy(dtype=np.float64) * (1_000_000 / per_second)).astype(np.int64)
    return pd.DatetimeIndex(pd.to_datetime(micros, unit="us", utc=True))
