"""What a calendar says in advance about the sessions to come."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import Field

from workbench import Feature, calendar
from workbench_features._columns import as_frame, as_series

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from workbench import Bars, Calendar, FloatArray


class CalendarFeature(Feature):
    """Describes a session that the calendar announces, from the label of the row alone.

    The session `ahead` sessions after the row's own is known to everybody years before, so nothing of it is looked at
    too early. A row whose date is no session counts to the last session before it.
    """

    inputs: ClassVar[frozenset[str]] = frozenset()
    calendar: str = Field(description="the market's calendar, such as XNYS or 24/7")
    ahead: int = Field(1, ge=0, description="sessions after the row's own; 0 describes that one")

    def model_post_init(self, context: Any, /) -> None:
        """Refuse a calendar that does not exist."""
        calendar(self.calendar)

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Return one that follows New York."""
        return cls(calendar="XNYS")

    def _sessions(self, bars: Bars) -> pd.DatetimeIndex:
        """The session that each row describes; NaT beyond what the calendar knows."""
        import pandas as pd

        market = calendar(self.calendar)
        labels = pd.DatetimeIndex(bars.index)
        dates = _dates(labels, market)
        last = dates.max() + pd.Timedelta(days=30 + 3 * self.ahead)
        known = market.sessions(dates.min() - pd.Timedelta(days=30), last)
        rows = known.searchsorted(dates, side="right") - 1
        described = rows + self.ahead
        is_known = (rows >= 0) & (described < len(known))
        found = known[np.where(is_known, described, 0)] if len(known) else dates
        return pd.DatetimeIndex(found.where(is_known))


class Weekday(CalendarFeature, name="weekday"):
    """Day of the week of a session to come, as a point on a circle.

    Parameters
    ----------
    calendar : str
        The market's calendar, such as `XNYS`, `XTKS` or `24/7`.
    ahead : int, default=1
        Sessions after the row's own: 1 describes the next one, after a Friday usually Monday.

    Notes
    -----
    Two columns, the sine and cosine of 2 pi times the day over 7, with Monday as 0, so that Sunday and Monday are
    neighbours. NaN beyond the sessions that the calendar knows.
    """

    def compute(self, bars: Bars) -> pd.DataFrame:
        """Return the columns `sin` and `cos`."""
        angle = 2 * np.pi * self._sessions(bars).day_of_week.to_numpy(dtype=np.float64) / 7
        return as_frame(bars, sin=np.sin(angle), cos=np.cos(angle))


class MonthEnd(CalendarFeature, name="month_end"):
    """Whether a session to come is the last of its month, and how many are left after it.

    Parameters
    ----------
    calendar : str
        The market's calendar, such as `XNYS`, `XTKS` or `24/7`.
    ahead : int, default=1
        Sessions after the row's own: 1 describes the next one.

    Notes
    -----
    Two columns: `is_last`, 1 on the last session of the month and 0 before, and `sessions_left`, those of the month
    that follow it, from about 22 down to 0. NaN beyond the last whole month that the calendar knows.
    """

    def compute(self, bars: Bars) -> pd.DataFrame:
        """Return the columns `is_last` and `sessions_left`."""
        left = _each(self._sessions(bars), partial(_sessions_left, calendar(self.calendar)))
        return as_frame(bars, is_last=np.where(np.isnan(left), np.nan, (left == 0).astype(float)), sessions_left=left)


class SessionLength(CalendarFeature, name="session_length"):
    """Hours that a session to come trades: fewer on a half day.

    Parameters
    ----------
    calendar : str
        The market's calendar, such as `XNYS`, `XTKS` or `24/7`.
    ahead : int, default=1
        Sessions after the row's own: 1 describes the next one.

    Notes
    -----
    In hours, a break at noon taken off: 6.5 in New York, 3.5 on a half day there. NaN beyond the sessions that the
    calendar knows.
    """

    def compute(self, bars: Bars) -> pd.Series:
        """Return the hours."""
        return as_series(bars, _each(self._sessions(bars), calendar(self.calendar).hours))


def _dates(labels: pd.DatetimeIndex, market: Calendar) -> pd.DatetimeIndex:
    """Return session dates as they are, and the session of each stamp; a stamp at midnight is taken for a date."""
    is_date = labels == labels.normalize()
    return labels.where(is_date, market.session_of(labels)) if not is_date.all() else labels


def _each(sessions: pd.DatetimeIndex, describe: Any) -> FloatArray:
    """Describe every session once, and rows without one as NaN."""
    known = sessions.dropna().unique()
    values = np.full(len(sessions), np.nan)
    if len(known):
        is_there = sessions.notna()
        values[is_there] = np.asarray(describe(known))[known.get_indexer(sessions[is_there])]
    return values


def _sessions_left(market: Calendar, sessions: pd.DatetimeIndex) -> FloatArray:
    """Count the sessions of the month after each, NaN in a month of which the calendar does not know the end."""
    import pandas as pd

    known = market.sessions(sessions.min(), sessions.max() + pd.Timedelta(days=45))
    ends = (sessions + pd.offsets.MonthBegin(1)).normalize()
    left = known.searchsorted(ends) - known.searchsorted(sessions) - 1
    return np.where(ends <= known[-1], left, np.nan).astype(np.float64)
