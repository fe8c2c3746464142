"""Which bars come next: by a calendar that was given or found, or by a plain rule that is stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.intervals import Interval
from workbench.data.calendars import Calendar
from workbench.data.finding import find_calendar
from workbench.data.sessions import fits_times, known_by, next_labels
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_RECENT = 60
"""Days whose bars tell at which times of which weekdays an intraday series is traded."""


@dataclass(frozen=True, eq=False)
class Upcoming:
    """The next bars of a series.

    Parameters
    ----------
    labels : DatetimeIndex
        Their labels: session dates, or opening stamps in UTC.
    known_at : DatetimeIndex
        When each will be known, UTC.
    dated_by : str
        The calendar or the rule that named them, in words.
    calendar : Calendar or None
        The calendar, where there is one.
    """

    labels: pd.DatetimeIndex
    known_at: pd.DatetimeIndex
    dated_by: str
    calendar: Calendar | None


def upcoming(labels: pd.DatetimeIndex, interval: Interval, calendar: Calendar | None, n: int) -> Upcoming:
    """Name the `n` bars after the last of a series.

    Parameters
    ----------
    labels : DatetimeIndex
        Labels of the bars there are, oldest first.
    interval : Interval
    calendar : Calendar or None
        The calendar that the series is said to follow; without one it is looked for, see `find_calendar`.
    n : int

    Notes
    -----
    Where no calendar is sure, or it does not reach so far: bars of a series that trades on Saturdays follow every day,
    others from Monday to Friday, holidays unknown; intraday bars come at the times and on the weekdays of the last
    weeks, also where a calendar was found but bars were seen to come at other times than its own. Of less than a week
    only the times of day are known, of less than a day nothing but the length of a bar.
    """
    import pandas as pd

    followed = calendar or _found(labels, interval)
    if followed is not None:
        try:
            found = next_labels(pd.Timestamp(labels[-1]), interval, followed, n)
        except DataError:  # beyond what the calendar knows, or before
            pass
        else:
            words = f"calendar {followed.name}" + ("" if calendar else ", found on the bars")
            return Upcoming(found, known_by(found, interval, followed), words, followed)
    found, words = _by_rule(labels, interval, n)
    return Upcoming(found, known_by(found, interval, calendar), words, None)


def _found(labels: pd.DatetimeIndex, interval: Interval) -> Calendar | None:
    """Look for a calendar; of intraday bars it must have their times of the week too."""
    found = find_calendar(labels, interval)
    if found is None or not interval.is_intraday or fits_times(_recent(labels), interval, found):
        return found
    return None


def _recent(labels: pd.DatetimeIndex) -> pd.DatetimeIndex:
    import pandas as pd

    return labels[labels > labels[-1] - pd.Timedelta(days=_RECENT)]


def _by_rule(labels: pd.DatetimeIndex, interval: Interval, n: int) -> tuple[pd.DatetimeIndex, str]:
    import pandas as pd

    last = pd.Timestamp(labels[-1])
    if interval.is_intraday:
        return _usual_stamps(_recent(labels), interval, n)
    if interval.unit == "mo":
        months = [last + pd.DateOffset(months=k * interval.count) for k in range(1, n + 1)]
        if last.is_month_end:
            months = [month + pd.offsets.MonthEnd(0) for month in months]
        return pd.DatetimeIndex(months), "month after month"
    if interval.unit == "wk":
        return pd.DatetimeIndex([last + pd.Timedelta(weeks=k * interval.count) for k in range(1, n + 1)]), (
            "week after week"
        )
    ahead = np.arange(1, n + 1) * interval.count
    if (labels.day_of_week == 5).any():
        return pd.DatetimeIndex(last + pd.to_timedelta(ahead, unit="D")), "every day"
    days = np.busday_offset(np.datetime64(last, "D"), ahead, roll="backward")
    return pd.DatetimeIndex(days).as_unit("ns"), "Monday to Friday, holidays unknown"


def _usual_stamps(recent: pd.DatetimeIndex, interval: Interval, n: int) -> tuple[pd.DatetimeIndex, str]:
    """Continue an intraday series at the times at which it was traded lately, as far as these are known."""
    import pandas as pd

    last, seen = recent[-1], recent[-1] - recent[0]
    step = pd.Timedelta(seconds=interval.seconds)
    if seen < pd.Timedelta(days=1):
        return pd.DatetimeIndex(
            [last + k * step for k in range(1, n + 1)]
        ), "bar after bar, since less than a day of bars is there"
    usual = {(stamp.day_of_week, stamp - stamp.normalize()) for stamp in recent}
    if seen >= pd.Timedelta(weeks=1) - step:
        return _at_times(last, usual, n), "the times of the last weeks, holidays unknown"
    working = {time for weekday, time in usual if weekday < 5} or {time for _, time in usual}
    usual |= {(weekday, time) for weekday in range(5) for time in working}
    return _at_times(last, usual, n), "the times of day of the last days, holidays unknown"


def _at_times(last: pd.Timestamp, usual: set[tuple[int, pd.Timedelta]], n: int) -> pd.DatetimeIndex:
    """The next `n` of some times of the week."""
    import pandas as pd

    found: list[pd.Timestamp] = []
    day = last.normalize()
    while len(found) < n:
        times = sorted(time for weekday, time in usual if weekday == day.day_of_week)
        found += [day + time for time in times if day + time > last]
        day += pd.Timedelta(days=1)
    return pd.DatetimeIndex(found[:n])
