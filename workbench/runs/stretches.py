"""Stretches of a series: which labels have been settled, which can be finished by now, and which are missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench.contracts.intervals import Interval

if TYPE_CHECKING:
    from workbench_store import Fetch

GRACE = pd.Timedelta(days=7)
"""After so long no vendor adds a bar that it lacked."""
PATIENCE = pd.Timedelta(hours=1)
"""For so long a bar that was not there yet is not asked for again."""
BEGINNING = pd.Timestamp.min.ceil("D")


@dataclass(frozen=True)
class Stretch:
    """Labels from `first` to `last`, both included; `first` is None from the beginning of the series."""

    first: pd.Timestamp | None
    last: pd.Timestamp

    @property
    def dates(self) -> tuple[str | None, str]:
        """First and last date, ISO."""
        return (None if self.first is None else self.first.date().isoformat()), self.last.date().isoformat()

    @property
    def sessions(self) -> tuple[pd.Timestamp | None, pd.Timestamp]:
        """All of its dates, from the first moment of the first to the last of the last."""
        until = self.last.normalize() + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
        return (None if self.first is None else self.first.normalize()), until

    def __str__(self) -> str:
        first, last = self.dates
        return f"{first or 'the beginning'} to {last}" if first != last else last


def step(interval: Interval) -> pd.Timedelta:
    """Distance between labels that can follow each other."""
    return pd.Timedelta(seconds=interval.seconds) if interval.is_intraday else pd.Timedelta(days=1)


def finished_until(interval: Interval, now: pd.Timestamp) -> pd.Timestamp:
    """Last label of a bar that can be complete at `now`."""
    if interval.is_intraday:
        return (now - step(interval)).floor("min")
    if interval.unit == "mo":
        return now.normalize() - pd.DateOffset(months=interval.count)
    return now.normalize() - pd.Timedelta(seconds=interval.seconds)


def wanted(start: str | None, end: str | None, interval: Interval, now: pd.Timestamp) -> Stretch | None:
    """Return the labels between two dates that can be complete; None if there are none."""
    first = None if start is None else pd.Timestamp(start)
    last = finished_until(interval, now)
    if end is not None:
        last = min(last, pd.Timestamp(end) + pd.Timedelta(days=1) - step(interval))
    return None if first is not None and first > last else Stretch(first, last)


def settled(fetches: Iterable[Fetch], interval: Interval, now: pd.Timestamp) -> list[Stretch]:
    """Return what need not be asked for: what answers have settled, and what was asked for just now."""
    found = []
    for fetch in fetches:
        is_recent = now - pd.Timestamp(fetch.fetched_at) < min(PATIENCE, step(interval))
        is_late = fetch.last is None or fetch.last + step(interval) <= fetch.asked_until
        last = fetch.asked_until if is_recent and is_late else fetch.last
        if last is not None:
            found.append(Stretch(None if fetch.first is None else pd.Timestamp(fetch.first), pd.Timestamp(last)))
    return found


def missing(of: Stretch, there: Sequence[Stretch], interval: Interval) -> list[Stretch]:
    """Return the parts of a stretch that no other covers, oldest first."""
    gaps = []
    place = of.first or BEGINNING
    for part in sorted(there, key=lambda part: part.first or BEGINNING):
        first = part.first or BEGINNING
        if first > of.last:
            break
        if first > place:
            gaps.append((place, first - step(interval)))
        place = max(place, part.last + step(interval))
    if place <= of.last:
        gaps.append((place, of.last))
    return [Stretch(None if first == BEGINNING else first, last) for first, last in gaps]


def settled_until(
    asked: Stretch, newest: pd.Timestamp | None, interval: Interval, now: pd.Timestamp
) -> pd.Timestamp | None:
    """Say how far an answer settles what was asked for.

    Parameters
    ----------
    asked : Stretch
    newest : Timestamp or None
        Label of the newest complete bar of the series that is known.
    interval : Interval
    now : Timestamp
        UTC, without a zone.

    Returns
    -------
    Timestamp or None
        The end of the stretch where no further bar can come: it lies some days back, or the vendor has newer bars.
        Else the newest bar, since vendors may be late; None where that lies before the stretch.
    """
    if asked.last < now - GRACE or (newest is not None and newest > asked.last):
        return asked.last
    if newest is None or (asked.first is not None and newest < asked.first):
        return None
    return newest if interval.is_intraday or _after(newest, interval) <= asked.last else asked.last


def _after(label: pd.Timestamp, interval: Interval) -> pd.Timestamp:
    """Earliest label that can follow."""
    if interval.unit == "mo":
        return label + pd.DateOffset(months=interval.count)
    return label + pd.Timedelta(seconds=interval.seconds)
