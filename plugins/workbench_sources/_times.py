"""Times of day in a column of their own: `09:30`, `9:30 PM`, `093000`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import DataError

if TYPE_CHECKING:
    import pandas as pd

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?")
_DIGITS = re.compile(r"\d{1,6}(?:\.0)?")


def are_times(values: pd.Series[Any]) -> bool:
    """Whether the first values of a column are times of day."""
    import datetime

    first = [value for value in values.head(50).tolist() if value == value and value not in ("", None)]
    if not first:
        return False
    if all(isinstance(value, datetime.time) for value in first):
        return True
    texts = [str(value).strip() for value in first]
    return all(_CLOCK.fullmatch(text) for text in texts) or all(
        _DIGITS.fullmatch(text) and _seconds(text, _width(texts)) is not None for text in texts
    )


def read_times(values: pd.Series[Any]) -> pd.TimedeltaIndex:
    """Read times of day as what has passed since midnight; an empty one is midnight.

    Raises
    ------
    DataError
        A value is none.
    """
    import pandas as pd

    texts = values.astype("str").where(values.notna(), "").str.strip()
    codes, unique = pd.factorize(texts)
    width = _width(list(unique))
    seconds = np.array([0.0 if text == "" else _seconds(text, width) for text in unique], dtype=np.float64)  # None: NaN
    odd = np.isnan(seconds)
    if odd.any():
        text = unique[int(odd.argmax())]
        raise DataError(f"the column {values.name!r} holds {text!r}, which is no time of day such as 09:30.")
    return pd.TimedeltaIndex(pd.to_timedelta(seconds, unit="s").to_numpy()[codes])


def _width(texts: list[str]) -> int:
    """Digits of a time written without marks: `930` and `1530` are of four, `93000` and `153000` of six."""
    return 6 if max((len(text.removesuffix(".0")) for text in texts if text.isdigit()), default=0) > 4 else 4


def _seconds(text: str, width: int) -> float | None:
    if _DIGITS.fullmatch(text):
        digits = text.removesuffix(".0").zfill(width).ljust(6, "0")
        return _of_clock(int(digits[:2]), int(digits[2:4]), int(digits[4:6]), 0.0, None)
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return None
    hour, minute, second, fraction, half = clock.groups()
    return _of_clock(int(hour), int(minute), int(second or 0), float(fraction or 0), half)


def _of_clock(hour: int, minute: int, second: int, fraction: float, half: str | None) -> float | None:
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return hour * 3600 + minute * 60 + second + fraction
