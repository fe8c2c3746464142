"""Dates in other forms than ISO: the one form that every row of a column fits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import DataError, Repair

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_DAY_FIRST = ("%d-%m-%Y", "%d-%m-%y")
_MONTH_FIRST = ("%m-%d-%Y", "%m-%d-%y")
_NAMED = ("%d-%b-%Y", "%d-%B-%Y", "%b-%d-%Y", "%B-%d-%Y", "%Y-%b-%d", "%d-%b-%y", "%b-%d-%y", "%b-%Y", "%B-%Y")
_YEAR_FIRST = ("%Y-%m-%d",)
_SHORT_YEAR_FIRST = "%y-%m-%d"

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?"
_REST = rf"({_CLOCK})\s*([Zz]|[+-]\d{{2}}:?\d{{2}})?"
_STAMP = rf"^(?P<day>.*?)(?:[\sT,]+{_REST})?$"
_WEEKDAY = r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[,.\s]+"


def read_form(text: pd.Index[Any]) -> tuple[pd.DatetimeIndex, list[Repair]]:
    """Read dates or stamps that are not ISO.

    Raises
    ------
    DataError
        They fit no known form, or more than one.
    """
    import pandas as pd

    from workbench_sources._times import read_times
    from workbench_sources._turned import refuse_turned_dates

    pairs = _split(text)
    codes, days = pd.factorize(pd.Index([day for day, _ in pairs]))
    form, dates = _decide(pd.Index(days), codes, text)
    if form in (*_DAY_FIRST, *_MONTH_FIRST):
        refuse_turned_dates(pd.DatetimeIndex(dates.take(codes)), text, _as_written(form, text[0]))
    moments = pd.DatetimeIndex(dates.take(codes))
    codes, rests = pd.factorize(pd.Index([rest for _, rest in pairs]))  # few, where stamps are many
    parts = [found.groups() if (found := re.fullmatch(_REST, rest)) else (None, None) for rest in rests]
    if any(clock for clock, _ in parts):
        clocks = read_times(pd.Series([clock for clock, _ in parts], name="dates", dtype="str"))
        moments = moments + clocks.take(codes)
    offsets = pd.Series([offset for _, offset in parts], dtype="str").take(codes).reset_index(drop=True)
    return _with_offsets(moments, offsets, text), [_said(form, text, moments)]


def _split(text: pd.Index[Any]) -> list[tuple[str, str]]:
    """Split stamps into the day, and the time of day with its offset; at the first blank, where that does."""
    values = text.tolist()
    halves = [value.partition(" ") for value in values]
    fits = re.compile(_REST).fullmatch
    days, rests = {day for day, _, _ in halves}, {rest for _, _, rest in halves}
    if all(rest == "" or fits(rest) for rest in rests) and not any(":" in day for day in days):
        return [(day, rest) for day, _, rest in halves]
    stamp = re.compile(_STAMP).match  # by hand: several times as fast as `text.str.extract`
    cuts = [len(found["day"]) if (found := stamp(value)) else len(value) for value in values]
    return [(value[:cut], value[cut:].lstrip("T, \t\u00a0")) for cut, value in zip(cuts, values, strict=True)]


def _decide(days: pd.Index[Any], codes: npt.NDArray[np.intp], text: pd.Index[Any]) -> tuple[str, pd.DatetimeIndex]:
    """Return the one form that fits all, and the dates read so."""
    import pandas as pd

    plain = days.str.replace(_WEEKDAY, "", regex=True, case=False).str.strip()
    plain = plain.str.replace(r"[/.,\s\u00a0-]+", "-", regex=True).str.strip("-")
    plain = plain.str.replace(r"(?i)\bsept\b", "Sep", regex=True).str.replace(
        r"(?<=\d)(?:st|nd|rd|th)\b", "", regex=True
    )
    forms = (*_YEAR_FIRST, *_DAY_FIRST, *_MONTH_FIRST, *_NAMED)
    readings = {form: pd.to_datetime(plain, format=form, errors="coerce") for form in forms}
    fitting = {form: pd.DatetimeIndex(read) for form, read in readings.items() if not read.isna().any()}
    fitting = _with_short_year_first(plain, codes, fitting)
    if not fitting:
        raise DataError(_none_fits(text, [read.take(codes) for read in readings.values()]))
    (form, dates), *others = fitting.items()
    differing = [other for other, read in others if not read.equals(dates)]
    if differing:
        formats = " or ".join(repr(_as_written(form, text[0])) for form in [form, *differing])
        raise DataError(
            f"dates such as {text[0]!r} may be {_in_words([form, *differing])}, and every row fits both. Say which "
            f"with `date_format`: {formats}."
        )
    return form, dates


def _with_short_year_first(
    plain: pd.Index[Any], codes: npt.NDArray[np.intp], fitting: dict[str, pd.DatetimeIndex]
) -> dict[str, pd.DatetimeIndex]:
    """Weigh a year of two digits at the start against one at the end: only the true reading keeps the rows in order."""
    import pandas as pd

    if any("%y" not in form for form in fitting):
        return fitting
    first = pd.to_datetime(plain, format=_SHORT_YEAR_FIRST, errors="coerce")
    if first.isna().any():
        return fitting
    found = {_SHORT_YEAR_FIRST: pd.DatetimeIndex(first), **fitting}
    in_order = {form: read for form, read in found.items() if _is_in_order(read.take(codes))}
    if _SHORT_YEAR_FIRST in in_order:
        return in_order
    return fitting if in_order else found


def _is_in_order(dates: pd.DatetimeIndex) -> bool:
    return bool(dates.is_monotonic_increasing or dates.is_monotonic_decreasing)


def _in_words(forms: list[str]) -> str:
    words = {form: "day before month" for form in _DAY_FIRST} | {form: "month before day" for form in _MONTH_FIRST}
    words[_SHORT_YEAR_FIRST] = "the year first"
    return " or ".join(dict.fromkeys(words.get(form, form) for form in forms))


def _with_offsets(moments: pd.DatetimeIndex, offsets: pd.Series[Any], text: pd.Index[Any]) -> pd.DatetimeIndex:
    import pandas as pd

    named = offsets.notna().to_numpy()
    if not named.any():
        return moments
    if not named.all():
        raise DataError(
            f"some stamps name their offset from UTC, and {text[~named][0]!r} does not. Write all in one way."
        )
    if (moments == moments.normalize()).all() and offsets.nunique() > 1:
        return moments
    iso = (
        pd.Index(moments.strftime("%Y-%m-%dT%H:%M:%S.%f")) + offsets.replace({"Z": "+00:00", "z": "+00:00"}).to_numpy()
    )
    if offsets.nunique() == 1:
        return pd.DatetimeIndex(pd.to_datetime(iso, format="ISO8601"))
    return pd.DatetimeIndex(pd.to_datetime(iso, format="ISO8601", utc=True))


def _said(form: str, text: pd.Index[Any], moments: pd.DatetimeIndex) -> Repair:
    kind, how = "date_format", f"in the form {form}"
    if form in _DAY_FIRST:
        kind, how = "day_first", "with the day before the month"
    elif form in _MONTH_FIRST:
        kind, how = "month_first", "with the month before the day"
    years = ", years of two digits as 1969 to 2068" if "%y" in form else ""
    sentence = (
        f"Dates such as {text[0]!r} were read {how}, the one form that every row fits{years}: that is "
        f"{moments[0]:%Y-%m-%d}."
    )
    return Repair(kind, sentence, len(text))


def _as_written(form: str, example: str) -> str:
    """Return a form as `strptime` needs it, with the separators and the time of day of an example."""
    found = re.match(_STAMP, example)
    day, clock, offset = found.groups() if found else (example, None, None)
    separator = re.search(r"[^0-9A-Za-z]+", day)
    form = form.replace("-", separator[0] if separator else "")
    if clock is not None:
        seconds = (":%S" if clock.count(":") > 1 else "") + (".%f" if "." in clock.split(":")[-1] else "")
        gap = example[len(day) : example.index(clock)]
        half = " %p" if " " in clock.strip() else "%p"
        form += gap + (f"%I:%M{seconds}{half}" if clock.strip()[-1] in "mM." else f"%H:%M{seconds}")
    return form + ("" if offset is None else "%z")


def _none_fits(text: pd.Index[Any], readings: list[pd.Index[Any]]) -> str:
    """Say which row is odd where one form, or ISO, fits most of them; else that none does."""
    unread = min((np.asarray(read.isna()) for read in [*readings, _iso(text)]), key=lambda bad: int(bad.sum()))
    if 3 * unread.sum() <= len(text):
        row = int(unread.argmax())
        good = text[int((~unread).argmax())]
        rows = int(unread.sum())
        return (
            f"row {row + 1} has the date {text[row]!r}, which is none or written otherwise than {good!r} "
            f"({rows} such rows). Correct it, or remove the row."
        )
    return (
        f"dates such as {text[0]!r} and {text[-1]!r} are not ISO (2020-12-31), nor all of one other known form. Say "
        "how all dates are written, such as `date_format = '%d-%m-%Y'`."
    )


def _iso(text: pd.Index[Any]) -> pd.Index[Any]:
    import pandas as pd

    return pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
