"""When bars are known by an exchange calendar, which session they count to, and which bars come next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval
from workbench.data.calendars import Calendar, midnights
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def known_by(labels: pd.DatetimeIndex, interval: Interval, calendar: Calendar | None) -> pd.DatetimeIndex:
    """When bars with these labels are complete, in UTC without a zone.

    Parameters
    ----------
    labels : DatetimeIndex
        Session dates for daily and longer bars, else opening stamps in UTC.
    interval : Interval
    calendar : Calendar or None
        Without one, `Interval.known_at`: the end of the date in UTC, or the stamp plus the length.

    Returns
    -------
    DatetimeIndex
        Of daily bars the close of the session, of longer ones that of the last session in the period; where there
        is no session, the end of the date in the zone of the calendar. Of intraday bars the stamp plus the length, but
        no later than the close of the session in which they begin. Never before the label.
    """
    import pandas as pd

    if calendar is None or not len(labels):
        return interval.known_at(labels).as_unit("ns")
    known = _intraday_known(labels, interval, calendar) if interval.is_intraday else _closes(labels, interval, calendar)
    return pd.DatetimeIndex(known.where(known >= labels, labels)).as_unit("ns")  # Auckland's half days end before 0:00


def _intraday_known(labels: pd.DatetimeIndex, interval: Interval, calendar: Calendar) -> pd.DatetimeIndex:
    ends = interval.known_at(labels)
    closes = calendar.closes(calendar.session_of(labels))
    opens = calendar.opens(calendar.session_of(labels))
    cut = (labels >= opens) & (labels < closes) & (closes < ends)
    return ends.where(~cut, closes)


def _closes(labels: pd.DatetimeIndex, interval: Interval, calendar: Calendar) -> pd.DatetimeIndex:
    import pandas as pd

    ends = interval.known_at(labels)  # the first date that is no longer of the bar
    first = pd.DatetimeIndex(np.minimum(labels.to_numpy(), (ends - _nominal(interval)).to_numpy()))
    sessions = calendar.sessions(first.min(), ends.max())
    otherwise = midnights(ends, calendar.timezone)
    if not len(sessions):
        return otherwise
    row = sessions.searchsorted(ends, side="left") - 1
    last = sessions[np.maximum(row, 0)]
    # A period that goes on beyond what the calendar knows may hold later sessions.
    is_known = (row >= 0) & (last >= first) & (ends <= calendar.last_known + pd.Timedelta(days=1))
    return otherwise.where(~is_known, calendar.closes(last))


def _nominal(interval: Interval) -> pd.DateOffset:
    import pandas as pd

    months = interval.count if interval.unit == "mo" else 0
    return pd.DateOffset(months=months) if months else pd.DateOffset(seconds=interval.seconds)


def with_known_at(bars: Bars, interval: Interval, calendar: Calendar | None) -> Bars:
    """Return bars that are known when the calendar says so, unless their source said when they were known.

    Parameters
    ----------
    bars : DataFrame
        Tidy bars. Those whose `known_at` is what follows without a calendar were given none by their source.
    interval : Interval
    calendar : Calendar or None
        Without one, bars stay as they are.
    """
    import pandas as pd

    labels = pd.DatetimeIndex(bars.index)
    if (
        calendar is None
        or not len(labels)
        or (bars["known_at"].to_numpy() != interval.known_at(labels).to_numpy()).any()
    ):
        return bars
    return bars.assign(known_at=known_by(labels, interval, calendar).to_numpy())


def session_dates(labels: pd.DatetimeIndex, interval: Interval, calendar: Calendar | None) -> pd.DatetimeIndex:
    """The date each bar counts to: its label; of intraday bars the session, or without a calendar the date in UTC."""
    if calendar is None or not interval.is_intraday:
        return labels.normalize()
    return calendar.session_of(labels)


def next_labels(last: pd.Timestamp, interval: Interval, calendar: Calendar, n: int) -> pd.DatetimeIndex:
    """Labels of the next `n` bars after the bar labelled `last`.

    Parameters
    ----------
    last : Timestamp
        A session date, or an opening stamp in UTC without a zone.
    interval : Interval
    calendar : Calendar
    n : int

    Returns
    -------
    DatetimeIndex
        Daily bars: the next sessions. Weeks go on by seven days; months from the first, the last, or the same day,
        or from the first or last session, whichever `last` was; periods without a session are passed over. Intraday
        bars lie within sessions, on the grid of the session's open if `last` lies on it, else on that of `last`; none
        lies in a break at noon.

    Raises
    ------
    DataError
        They lie beyond what the calendar knows.
    """
    import pandas as pd

    if interval.is_intraday:
        found = _next_stamps(last, interval, calendar, n)
    elif interval.unit == "d" and interval.count == 1:
        found = calendar.following(last, n)
    else:
        found = _next_periods(last, interval, calendar, n)
    return pd.DatetimeIndex(found.to_numpy(), name="time")


def _next_stamps(last: pd.Timestamp, interval: Interval, calendar: Calendar, n: int) -> pd.DatetimeIndex:
    import pandas as pd

    step = pd.Timedelta(seconds=interval.seconds)
    here = calendar.session_of(pd.DatetimeIndex([last]))
    open_now = calendar.opens(here)[0]
    is_from_open = not pd.isna(open_now) and (last - open_now) % step == pd.Timedelta(0)
    found: list[pd.Timestamp] = []
    session = here[0] - pd.Timedelta(days=1)
    while len(found) < n:
        session = calendar.following(session, 1)[0]
        grid = _stamps_of(session, step, calendar, None if is_from_open else last)
        found.extend(grid[grid > last])
    return pd.DatetimeIndex(found[:n])


def fits_times(labels: pd.DatetimeIndex, interval: Interval, calendar: Calendar) -> bool:
    """Whether intraday bars come at the times of the week at which a calendar lets them come.

    Parameters
    ----------
    labels : DatetimeIndex
        Opening stamps in UTC, of the last weeks.
    interval : Interval
    calendar : Calendar

    Returns
    -------
    bool
        False where more than one in a hundred times of the week, such as Friday at 22:00, has bars that the calendar
        does not know, or none although the calendar knew of two or more.
    """
    import pandas as pd

    step = pd.Timedelta(seconds=interval.seconds)
    sessions = calendar.sessions(labels[0].normalize() - pd.Timedelta(days=1), labels[-1] + pd.Timedelta(days=1))
    opens = calendar.opens(calendar.session_of(labels[-1:]))[0]
    anchor = None if not pd.isna(opens) and (labels[-1] - opens) % step == pd.Timedelta(0) else labels[-1]
    stamps = [stamp for session in sessions for stamp in _stamps_of(session, step, calendar, anchor)]
    expected = pd.DatetimeIndex(stamps)
    expected = expected[(expected >= labels[0]) & (expected <= labels[-1])]
    if not len(expected):
        return False
    seen, due = (_times_of_week(part) for part in (labels, expected))
    often = due.value_counts()
    never = often.index[often > 1].difference(seen)
    strange = seen.difference(due)
    return len(never) + len(strange) <= _STRANGE * len(often)


_STRANGE = 0.01


def _times_of_week(stamps: pd.DatetimeIndex) -> pd.TimedeltaIndex:
    import pandas as pd

    return pd.to_timedelta(stamps.day_of_week, unit="D") + (stamps - stamps.normalize())


def _stamps_of(
    session: pd.Timestamp, step: pd.Timedelta, calendar: Calendar, anchor: pd.Timestamp | None
) -> pd.DatetimeIndex:
    """All bars of a session, on the grid of its open, or on that of another bar."""
    import pandas as pd

    day = pd.DatetimeIndex([session])
    (begins,), (ends,) = calendar.opens(day), calendar.closes(day)
    first = begins if anchor is None else begins - (begins - anchor) % step
    stamps = pd.date_range(first, ends, freq=step, inclusive="left")
    (pause,), (again,) = calendar.breaks(day)
    if pd.isna(pause):
        return stamps
    return stamps[~((stamps >= pause) & (stamps + step <= again))]


def _next_periods(last: pd.Timestamp, interval: Interval, calendar: Calendar, n: int) -> pd.DatetimeIndex:
    import pandas as pd

    found: list[pd.Timestamp] = []
    for k in range(1, 100 * n + 100):
        label, first, end = _period(last, interval, calendar, k)
        if end > calendar.last_known + pd.Timedelta(days=1):
            raise DataError(
                f"the calendar {calendar.name!r} ends on {calendar.last_known.date()}; ask for nearer bars."
            )
        if len(calendar.sessions(first, end - pd.Timedelta(days=1))):
            found.append(label)
        if len(found) == n:
            break
    return pd.DatetimeIndex(found)


def _period(
    last: pd.Timestamp, interval: Interval, calendar: Calendar, k: int
) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]:
    """Label, first date and first date after, of the k-th bar after `last`."""
    import pandas as pd

    if interval.unit != "mo":
        label = last + k * pd.Timedelta(seconds=interval.seconds)
        return label, label, label + pd.Timedelta(seconds=interval.seconds)
    month = last.to_period("M") + k * interval.count
    first, end = month.start_time, (month + 1).start_time
    if last.is_month_end:
        return end - pd.Timedelta(days=1), first, end
    its_first, its_last = _edges(last.to_period("M"), calendar)
    first_here, last_here = _edges(month, calendar)
    if last.day > 1 and last == its_first and first_here is not None:
        return first_here, first, end
    if last.day > 1 and last == its_last and last_here is not None:
        return last_here, first, end
    return last + pd.DateOffset(months=k * interval.count), first, end


def _edges(month: pd.Period, calendar: Calendar) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    sessions = calendar.sessions(month.start_time, month.end_time)
    return (sessions[0], sessions[-1]) if len(sessions) else (None, None)
