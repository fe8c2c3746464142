"""Days without bars, and bars on days that should have none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import BoolArray, IntArray
from workbench.data.health.inspected import SHOWN, Inspected
from workbench.data.health.records import Problem, problem
from workbench.data.health.texts import STATE_CALENDAR, counted, days_of

if TYPE_CHECKING:
    import pandas as pd

LONG_GAP = 6
"""Weekdays in a row without a bar that no usual holiday explains."""
_HOLIDAYS = 20 / 261
"""Share of weekdays that may be holidays before anything is said."""
_MONDAY = 4
"""1970-01-01 was a Thursday: day number 4 was a Monday."""
_LOOK = "Fetch these days again. If they stay missing, the step over them counts as one bar, and its return as one."


def check_days(seen: Inspected) -> Iterator[Problem]:
    """Compare the days of the bars with those on which bars are expected."""
    if not len(seen.rows) or (seen.interval.unit == "d" and seen.interval.count > 1) or seen.interval.unit in _LONG:
        return
    labels = seen.labels[seen.rows]
    there = np.unique(seen.dates)
    due = seen.days.between(labels[0].normalize(), labels[-1].normalize())
    missing = due[~np.isin(_numbers(due), there)]
    if seen.days.calendar is None:
        yield from _missing_weekdays(seen, missing, len(due))
    elif len(missing):
        yield _missing_sessions(seen, missing, len(due))
    yield from _off_days(seen, due)


_LONG = ("wk", "mo")


def _numbers(days: pd.DatetimeIndex) -> IntArray:
    numbers: IntArray = days.to_numpy().astype("datetime64[D]").astype("int64")
    return numbers


def _missing_sessions(seen: Inspected, missing: pd.DatetimeIndex, n_due: int) -> Problem:
    found = "" if seen.days.is_stated else ", which the bars seem to follow,"
    advice = (
        _LOOK
        if seen.days.is_stated
        else f"{_LOOK} If it is another calendar, state it: `--calendar XNYS`, or `calendar = 'XNYS'` in an experiment."
    )
    return problem(
        "missing_sessions",
        f"{len(missing)} of {n_due} sessions of the calendar {seen.days.name!r}{found} have no bar: "
        f"{days_of(missing)}.",
        advice,
        rows=len(missing),
        at=tuple(days_of(missing, SHOWN).removesuffix(", ...").split(", ")),
    )


def _missing_weekdays(seen: Inspected, missing: pd.DatetimeIndex, n_due: int) -> Iterator[Problem]:
    """Without a calendar holidays cannot be told from holes: only what is too long or too much is reported."""
    import pandas as pd

    if not len(missing):
        return
    numbers = _numbers(missing)
    weekday_number = 5 * ((numbers + _MONDAY - 1) // 7) + (numbers + _MONDAY - 1) % 7
    starts = np.flatnonzero(np.diff(weekday_number, prepend=weekday_number[0] - 2) != 1)
    lengths = np.diff([*starts, len(numbers)])
    long = lengths >= LONG_GAP
    if long.any():
        first = pd.DatetimeIndex(missing[starts[long]])
        most = int(lengths.max())
        yield problem(
            "long_gap",
            f"{counted(int(long.sum()), 'gap')} of {LONG_GAP} weekdays or more, the longest of {most} weekdays from "
            f"{missing[starts[lengths.argmax()]].date()} on.",
            f"{_LOOK} {STATE_CALENDAR}",
            rows=int(lengths[long].sum()),
            at=tuple(str(day.date()) for day in first[:SHOWN]),
        )
    rest = int(lengths[~long].sum())
    if rest > _HOLIDAYS * n_due and rest > 2:
        others = pd.DatetimeIndex(missing[np.repeat(~long, lengths)])
        yield problem(
            "missing_weekdays",
            f"{rest} of {n_due} weekdays have no bar, more than holidays explain.",
            STATE_CALENDAR,
            rows=rest,
            at=tuple(str(day.date()) for day in others[:SHOWN]),
        )


def _off_days(seen: Inspected, due: pd.DatetimeIndex) -> Iterator[Problem]:
    days = seen.dates[seen.rows]
    off: BoolArray
    if seen.days.calendar is None or seen.days.name == "24/5":  # bars on a holiday of currencies are no surprise
        off = (days + _MONDAY - 1) % 7 >= 5
    else:
        off = ~np.isin(days, _numbers(due))
    if seen.days.name == "24/5" or seen.days.calendar is None:
        sundays = off & ((days + _MONDAY - 1) % 7 == 6)
        if sundays.sum() > len(np.unique(days)) * 0.05:  # currencies open on Sunday evening
            off &= ~sundays
            yield from _sundays(seen, seen.rows[sundays])
    if off.any():
        rows = seen.rows[off]
        named = days_of(seen.labels[rows].normalize().unique())
        other = (
            "name another calendar"
            if seen.days.is_stated
            else "state the calendar that has them: `--calendar XNYS`, or `calendar = 'XNYS'` in an experiment"
        )
        yield problem(
            "off_session",
            f"{counted(len(rows), 'bar')} on days that are no session of {_market(seen)}: {named}.",
            f"Leave these bars out of the file where nothing was traded, or {other}.",
            rows=len(rows),
            at=seen.named(rows),
        )


def _market(seen: Inspected) -> str:
    return "a market that opens on weekdays" if seen.days.calendar is None else f"the calendar {seen.days.name!r}"


def _sundays(seen: Inspected, rows: IntArray) -> Iterator[Problem]:
    if seen.interval.is_intraday:
        return
    yield problem(
        "sunday_bars",
        f"{len(rows)} bars on Sundays: the first hours of the week, each a bar like any other.",
        "They make more than 252 bars a year, and short ones. Build daily bars from hourly ones if that matters.",
        rows=len(rows),
        at=seen.named(rows),
    )


def check_steps(seen: Inspected) -> Iterator[Problem]:
    """Look for bars of a longer interval that are missing between others."""
    if seen.interval.unit not in _LONG or len(seen.rows) < 2:
        return
    labels = seen.labels[seen.rows]
    if seen.interval.unit == "mo":
        position = (labels.year * 12 + labels.month).to_numpy() // seen.interval.count
    else:
        position = _numbers(labels) // (7 * seen.interval.count)
    skipped = np.diff(position) - 1
    if (skipped > 0).any():
        rows = seen.rows[1:][skipped > 0]
        yield problem(
            "missing_bars",
            f"{int(skipped[skipped > 0].sum())} bars of {seen.interval} missing, before {', '.join(seen.named(rows))}.",
            "Fetch them again. If they stay missing, the step over them counts as one bar.",
            rows=int(skipped[skipped > 0].sum()),
            at=seen.named(rows),
        )
