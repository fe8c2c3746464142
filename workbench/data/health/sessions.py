"""Which days should have bars: by the calendar that is stated, or as far as the bars themselves tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import IntArray
from workbench.contracts.intervals import Interval
from workbench.data.calendars import Calendar, calendar

if TYPE_CHECKING:
    import pandas as pd

WEEKDAYS = "weekdays"
"""Stands for a calendar where none is known: Monday to Friday, with holidays nobody can name."""
NO_CALENDAR = "none"
"""Stands for a calendar where bars are too long to tell."""
_ENOUGH_DAYS = 20
_CLOSED_EVERYWHERE = ((12, 25), (1, 1))


@dataclass(frozen=True)
class ExpectedDays:
    """The days on which bars are expected.

    Parameters
    ----------
    calendar : Calendar or None
        None where no calendar is known: weekdays, some of which are holidays.
    is_stated : bool
        Whether somebody named it, rather than the bars.
    """

    calendar: Calendar | None
    is_stated: bool

    @property
    def name(self) -> str:
        """Name of the calendar, or `weekdays`."""
        return WEEKDAYS if self.calendar is None else self.calendar.name

    def between(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
        """Return the expected days from `first` to `last`; of currencies, without the two days all banks close."""
        import pandas as pd

        if self.calendar is None:
            return pd.bdate_range(first, last)
        if self.calendar.name == "24/7":
            return pd.date_range(first, last)
        if self.calendar.name != "24/5":
            return self.calendar.sessions(first, last)
        days = pd.bdate_range(first, last)
        if self.is_stated:
            return days
        closed = np.zeros(len(days), dtype=bool)
        for month, day in _CLOSED_EVERYWHERE:
            closed |= (days.month == month) & (days.day == day)
        return days[~closed]


def find_by_weekdays(labels: pd.DatetimeIndex, interval: Interval) -> Calendar | None:
    """Return the calendar that the weekdays of the bars show: always, Monday to Friday without holidays, or none.

    Cheap enough for every run; which exchange it is, with its holidays, is not looked for.
    """
    if interval.unit in ("wk", "mo"):
        return None
    days: IntArray = np.unique(labels.to_numpy().astype("datetime64[D]")).astype("int64")
    if len(days) < _ENOUGH_DAYS:
        return None
    weekday = (days + 3) % 7  # day 0 was a Thursday
    if np.mean(weekday == 5) > 0.05:
        return Calendar("24/7")
    weeks = days[weekday < 5]
    if not len(weeks):
        return None
    expected = np.busday_count(weeks[0].astype("datetime64[D]"), weeks[-1].astype("datetime64[D]") + 1)
    return Calendar("24/5") if len(weeks) > 0.98 * expected else None


def expected_days(
    labels: pd.DatetimeIndex,
    interval: Interval,
    stated: Calendar | str | None = None,
    find: Callable[[pd.DatetimeIndex, Interval], Calendar | None] = find_by_weekdays,
) -> ExpectedDays:
    """Return the days on which a series should have bars.

    Parameters
    ----------
    labels : DatetimeIndex
        Labels of the bars that have a price.
    interval : Interval
    stated : Calendar, str or None
        The calendar, or its name; None finds it from the bars where they are clear.
    find : callable
        How it is found.
    """
    if stated is not None:
        return ExpectedDays(calendar(stated) if isinstance(stated, str) else stated, True)
    return ExpectedDays(find(labels, interval), False)
