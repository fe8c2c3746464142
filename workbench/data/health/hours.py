"""Intraday bars: inside the hours of the exchange, none missing, and stamped at their start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from workbench.contracts.arrays import BoolArray, IntArray
from workbench.data.health.inspected import Inspected
from workbench.data.health.records import Problem, problem
from workbench.data.health.texts import counted

_QUARTER = 15 * 60
_MOST_TO_GUESS = 600
"""Seconds of the longest bars whose stamps tell by themselves whether they mark the start or the end."""
_ENOUGH = 3


def check_hours(seen: Inspected) -> Iterator[Problem]:
    """Check stamps inside each day; says nothing of daily and longer bars."""
    if not seen.interval.is_intraday or len(seen.rows) < 2:
        return
    stamps = seen.labels[seen.rows].to_numpy().astype("datetime64[s]").astype("int64")
    days = _days_of(stamps)
    with_exchange = seen.days.calendar is not None and not seen.days.name.startswith("24/")
    ends = _ends_by_calendar(seen, stamps) if with_exchange else _ends_by_round_times(seen, days)
    if ends:
        yield _bar_ends(ends)
    if with_exchange:
        yield from _out_of_hours(seen, stamps, bool(ends))
    yield from _holes(seen, stamps)
    yield from _short_sessions(seen, days)


@dataclass(frozen=True, eq=False)
class _Days:
    """First and last stamp of each day, in seconds since 1970, and how many bars it has."""

    firsts: IntArray
    lasts: IntArray
    counts: IntArray
    starts: IntArray


def _days_of(stamps: IntArray) -> _Days:
    day = stamps // 86_400
    starts = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
    ends = np.append(starts[1:], len(day))
    return _Days(stamps[starts], stamps[ends - 1], ends - starts, starts)


def _usual(times: IntArray) -> int:
    values, counts = np.unique(times, return_counts=True)
    return int(values[counts.argmax()])


def _ends_by_round_times(seen: Inspected, days: _Days) -> str:
    """Tell bar-end stamps without a calendar: markets open and close on the quarter of an hour."""
    step = seen.interval.seconds
    if step > _MOST_TO_GUESS or len(days.firsts) < _ENOUGH:
        return ""
    first, last = _usual(days.firsts % 86_400), _usual(days.lasts % 86_400)
    if first == last or first % _QUARTER != step % _QUARTER or last % _QUARTER:
        return ""
    label = seen.labels[seen.rows[0]]
    shift = int((seen.written.local(label) - label).total_seconds())
    return (
        f"days usually begin with a bar stamped {_clock(first + shift)} and end with one stamped {_clock(last + shift)}"
    )


def _ends_by_calendar(seen: Inspected, stamps: IntArray) -> str:
    opens, closes = _session_seconds(seen)
    if not len(opens):
        return ""
    first = np.searchsorted(stamps, opens, side="left")
    last = np.searchsorted(stamps, closes, side="right") - 1
    there = (first < len(stamps)) & (last >= first)
    if there.sum() < _ENOUGH:
        return ""
    late = stamps[first[there]] == opens[there] + seen.interval.seconds
    at_close = stamps[last[there]] == closes[there]
    if np.mean(late & at_close) < 0.5:
        return ""
    return f"sessions begin with a bar one interval after the open and end with one at the close ({seen.days.name})"


def _bar_ends(how: str) -> Problem:
    return problem(
        "bar_end_stamps",
        f"The bars seem to be stamped at their end: {how}.",
        "Say so with the source's `stamps`: `--set stamps=end`. Otherwise each bar counts as known one bar too late.",
    )


def _session_seconds(seen: Inspected) -> tuple[IntArray, IntArray]:
    import pandas as pd

    market = seen.days.calendar
    assert market is not None
    labels = seen.labels[seen.rows]
    sessions = market.sessions(labels[0].normalize() - pd.Timedelta(days=1), labels[-1].normalize())
    both = (market.opens(sessions), market.closes(sessions))
    opens, closes = (moments.to_numpy().astype("datetime64[s]").astype("int64") for moments in both)
    return opens, closes


def _out_of_hours(seen: Inspected, stamps: IntArray, ends: bool) -> Iterator[Problem]:
    opens, closes = _session_seconds(seen)
    if not len(opens):
        return
    session = np.clip(np.searchsorted(opens, stamps, side="right") - 1, 0, None)
    inside: BoolArray = (stamps >= opens[session]) & (stamps < closes[session])
    if ends:
        inside |= stamps == closes[session]
    inside |= ~np.isin(stamps // 86_400, opens // 86_400)  # on days that are no session, which is said of them
    if inside.all():
        return
    rows = seen.rows[~inside]
    share = len(rows) / len(inside)
    zone = seen.days.calendar.timezone if seen.days.calendar else "UTC"
    advice = (
        f"If the stamps are local, say of which zone: `--set timezone={zone}`."
        if share > 0.3
        else "Leave them out of the file if you do not trade then; they are bars like any other."
    )
    yield problem(
        "out_of_hours",
        f"{counted(len(rows), 'bar')} of {len(inside):,} ({share:.1%}) are stamped while {seen.days.name} is closed.",
        advice,
        rows=len(rows),
        at=seen.named(rows),
    )


def _holes(seen: Inspected, stamps: IntArray) -> Iterator[Problem]:
    """Look for steps inside a day that are longer than a bar, but for those of most days, such as lunch."""
    steps = np.diff(stamps)
    same_day = stamps[1:] // 86_400 == stamps[:-1] // 86_400
    holes = np.flatnonzero(same_day & (steps > seen.interval.seconds))
    if not len(holes):
        return
    n_days = int((~same_day).sum()) + 1
    _, which, counts = np.unique(stamps[holes] % 86_400, return_inverse=True, return_counts=True)
    regular = counts[which] > max(0.1 * n_days, 2)
    holes = holes[~regular]
    if not len(holes):
        return
    n_missing = int((steps[holes] // seen.interval.seconds - 1).sum())
    rows = seen.rows[holes + 1]
    longest = int(steps[holes].max() // 60)
    if n_missing:
        yield problem(
            "missing_bars",
            f"{counted(n_missing, 'bar')} missing inside days, in {counted(len(holes), 'hole')}, the longest of "
            f"{longest:,} minutes; the next bars are at {', '.join(seen.named(rows)[:3]).replace('T', ' ')}.",
            "Fetch these days again. Where nothing was traded no bar is right, and the step counts as one bar.",
            rows=n_missing,
            at=seen.named(rows),
        )


def _short_sessions(seen: Inspected, days: _Days) -> Iterator[Problem]:
    weekday = (days.firsts // 86_400 + 3) % 7
    usual = np.full(len(days.counts), np.median(days.counts))
    for number in range(5, 7):  # a Sunday evening is short every week; a special Saturday is not usual
        own = weekday == number
        if own.sum() > 0.05 * len(own):
            usual[own] = np.median(days.counts[own])
    short = days.counts < 0.5 * usual
    short[[0, -1]] = False  # a file may begin and end anywhere
    if short.any():
        rows = seen.rows[days.starts[short]]
        yield problem(
            "short_sessions",
            f"{counted(int(short.sum()), 'day')} with less than half of the usual {int(np.median(days.counts))} bars: "
            f"{', '.join(stamp[:10] for stamp in seen.named(rows)[:3])}{', ...' if short.sum() > 3 else ''}.",
            "Half days and special sessions are normal; if these are neither, fetch them again.",
            rows=int(days.counts[short].sum()),
            at=seen.named(rows),
        )


def _clock(seconds: int) -> str:
    return f"{seconds // 3600 % 24:02d}:{seconds % 3600 // 60:02d}"
