"""Finding the column of dates where it has no usual name: by what it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench import Repair

if TYPE_CHECKING:
    import pandas as pd

_SAMPLE = 50
_DATE = re.compile(r"(?:\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?:[ T,].*)?")
_MONTH = re.compile(r"(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}(?![a-z])", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_TIME = re.compile(r"(?:^|_)(?:epoch|unix|ts)(?:_|$)|(?:time|stamp|date)(?:_|$)")
_OTHER = re.compile(r"close|end|expir|update|creat|matur|settle|first|last|prev")
"""Times of something else than the start of a bar."""


def says_time(name: str) -> bool:
    """Whether a tidy name says that numbers under it are times."""
    return _TIME.search(name) is not None and _OTHER.search(name) is None


def guess_dates(raw: pd.DataFrame, names: Sequence[str], skip: int | None) -> tuple[int | None, list[Repair]]:
    """Return the first column that holds nothing but dates or stamps, or numbers under a name that says time.

    Parameters
    ----------
    raw : DataFrame
    names : sequence of str
        Tidy names of its columns.
    skip : int or None
        Position of the symbols.
    """
    found = [at for at, name in enumerate(names) if at != skip and _holds_dates(raw.iloc[:, at], name)]
    if not found:
        return None, []
    called = [repr(str(raw.columns[at])) for at in found]
    which = called[0] if len(found) == 1 else f"{called[0]}, the first of {', '.join(called)},"
    sentence = f"No column has a usual name of dates: {which} holds nothing but dates, and was taken for them."
    return found[0], [Repair("date_column", sentence, len(raw))]


def _holds_dates(values: pd.Series[Any], name: str) -> bool:
    if values.dtype.kind == "M":
        return True
    if values.dtype.kind in "iuf":
        return says_time(name) and len(values) > 0
    if values.dtype.kind == "b":
        return False
    first = [str(value).strip() for value in values.head(_SAMPLE).tolist() if value == value and value != ""]
    return len(first) > 0 and all(_is_date(text, name) for text in first)


def _is_date(text: str, name: str) -> bool:
    return says_time(name) if _NUMBER.fullmatch(text) else is_date_text(text)


def is_date_text(text: str) -> bool:
    """Whether a text is written like a date or a stamp, and not like a number."""
    if _NUMBER.fullmatch(text):
        return False
    if _DATE.fullmatch(text):
        return True
    return len(text) <= 40 and _MONTH.search(text) is not None and any(mark.isdigit() for mark in text)
