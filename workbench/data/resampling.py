"""Longer bars out of shorter ones, of which only finished ones are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import Bars, BoolArray
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import PRICE_COLUMNS
from workbench.data._policies import CARRIED
from workbench.data.calendars import Calendar
from workbench.data.sessions import known_by, session_dates
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_HOW = {"open": "first", "high": "max", "low": "min", "close": "last", "split_factor": "prod"}
_SUMS = ("volume", "dividend")
_MONDAY = "1970-01-05"


def check_resample(interval: Interval, resample: Interval) -> None:
    """Refuse a length that bars of `interval` cannot be joined to.

    Raises
    ------
    DataError
        It is not longer or, if intraday, no multiple.
    """
    if resample.seconds <= interval.seconds:
        raise DataError(
            f"`resample` is {str(resample)!r} and `interval` {str(interval)!r}; bars can only be made longer. Ask for "
            "a longer `resample`, or leave it out."
        )
    if resample.is_intraday and resample.seconds % interval.seconds:
        raise DataError(
            f"`resample` is {str(resample)!r}, which is no multiple of `interval`, {str(interval)!r}; bars cannot be "
            f"split. Ask for {_multiples(interval)}."
        )


def _multiples(interval: Interval) -> str:
    near = [Interval.parse(f"{interval.count * k}{interval.unit}") for k in (2, 3, 4)]
    return ", ".join(f"{str(i)!r}" for i in near) + " and so on"


def resample_bars(bars: Bars, interval: Interval, resample: Interval, calendar: Calendar | None) -> Bars:
    """Join bars to longer ones.

    Parameters
    ----------
    bars : DataFrame
        Tidy bars of length `interval`.
    interval, resample : Interval
    calendar : Calendar or None
        With one, intraday bars are counted from the opening of each session, and days are its sessions, to which
        nothing belongs that trades before or after them (see `outside_sessions`). Without one bars are counted from
        midnight UTC, and days are dates in UTC.

    Returns
    -------
    DataFrame
        Tidy bars: the first open, the highest high, the lowest low, the last close, and the sum of the volumes, NaN
        where none is known. Where no bar is, none is made. `known_at` is the end of the longer bar, or the close of its
        session if that is earlier, and never before the last of its bars is known. The last one is there only if
        bars reach its end. Of further columns the last value, of `dividend` the sum, of `split_factor` the product;
        a bar is carried forward if all of it is.
    """
    import pandas as pd

    bars = bars[~outside_sessions(bars, interval, resample, calendar)]
    if bars.empty:
        return bars
    starts, ends = _buckets(bars, interval, resample, calendar)
    number = np.cumsum(np.r_[False, starts[1:] != starts[:-1]])
    first = np.flatnonzero(np.r_[True, number[1:] != number[:-1]])
    longer = _joined(bars, number)
    known = bars["known_at"].to_numpy()[np.r_[first[1:] - 1, len(bars) - 1]]
    longer["known_at"] = np.maximum(known, ends.to_numpy()[first])
    longer.index = starts[first].rename("time")
    reached = known_by(pd.DatetimeIndex(bars.index[-1:]), interval, calendar)[0]
    return longer[: len(longer) - int(reached < ends[-1])]


def outside_sessions(bars: Bars, interval: Interval, resample: Interval, calendar: Calendar | None) -> BoolArray:
    """Which bars have no place in bars of a day or longer: those that a calendar does not count to its sessions.

    On the date of a session, what trades before its opening or from its close on, but not the evening of Sunday in
    `24/5`. In a week or month, what trades on dates after its last session. On other dates that are no session, bars
    make a day of their own, which is known at the end of that date.
    """
    import pandas as pd

    if calendar is None or resample.is_intraday or bars.empty:
        return np.zeros(len(bars), dtype=np.bool_)
    labels = pd.DatetimeIndex(bars.index)
    dates = _dates(labels, interval, calendar)
    outside = _after_last_session(dates, resample, calendar)
    if interval.is_intraday:
        outside |= np.asarray(labels >= calendar.closes(dates))
        if calendar.name != "24/5":
            outside |= np.asarray(labels < calendar.opens(dates))
    return outside


def _dates(labels: pd.DatetimeIndex, interval: Interval, calendar: Calendar | None) -> pd.DatetimeIndex:
    """The date each bar counts to; the short daily bar that currencies have on Sunday belongs to Monday."""
    if calendar is not None and calendar.name == "24/5":
        return calendar.session_of(labels)
    return session_dates(labels, interval, calendar)


def _after_last_session(dates: pd.DatetimeIndex, resample: Interval, calendar: Calendar) -> BoolArray:
    import pandas as pd

    around = pd.Timedelta(seconds=2 * resample.seconds)
    sessions = calendar.sessions(dates.min() - around, dates.max() + around)
    if not len(sessions):
        return np.zeros(len(dates), dtype=np.bool_)
    of_sessions = _period_starts(sessions, resample).to_numpy()
    is_last = of_sessions != np.append(of_sessions[1:], of_sessions[-1])  # of the newest one nobody knows
    row = np.maximum(sessions.searchsorted(dates, side="right") - 1, 0)  # the last session until then
    is_same = of_sessions[row] == _period_starts(dates, resample).to_numpy()
    return np.asarray(is_last[row] & is_same & (dates > sessions[row]))


def resampled_labels(
    labels: pd.DatetimeIndex, interval: Interval, resample: Interval, calendar: Calendar | None
) -> pd.DatetimeIndex:
    """Labels of the longer bars, the last of which may be unfinished."""
    if resample.is_intraday:
        return _intraday_starts(labels, resample, calendar)[0].unique()
    return _period_starts(_dates(labels, interval, calendar), resample).unique()


def _buckets(
    bars: Bars, interval: Interval, resample: Interval, calendar: Calendar | None
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Label of the longer bar each bar is part of, and when that one ends."""
    import pandas as pd

    labels = pd.DatetimeIndex(bars.index).as_unit("ns")
    if resample.is_intraday:
        return _intraday_starts(labels, resample, calendar)
    starts = _period_starts(_dates(labels, interval, calendar), resample).as_unit("ns")
    periods, row = np.unique(starts.to_numpy(), return_inverse=True)
    return starts, known_by(pd.DatetimeIndex(periods), resample, calendar)[row]


def _intraday_starts(
    labels: pd.DatetimeIndex, resample: Interval, calendar: Calendar | None
) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    import pandas as pd

    step = pd.Timedelta(seconds=resample.seconds)
    if calendar is None:
        begins = labels.normalize()
        stops = begins + pd.Timedelta(days=1)
    else:
        begins, stops = calendar.spans(labels)
    starts = begins + (labels - begins) // step * step
    return starts, pd.DatetimeIndex(np.minimum((starts + step).to_numpy(), stops.to_numpy()))


def _period_starts(dates: pd.DatetimeIndex, resample: Interval) -> pd.DatetimeIndex:
    """First date of the period each date is in: days and weeks counted from a Monday, months from January."""
    import pandas as pd

    if resample.unit == "mo":
        month = (dates.year * 12 + dates.month - 1).to_numpy()
        month = month - month % resample.count
        return pd.DatetimeIndex((month - 1970 * 12).astype("datetime64[M]").astype("datetime64[ns]"))
    step = pd.Timedelta(seconds=resample.seconds)
    return dates - (dates - pd.Timestamp(_MONDAY)) % step


def _joined(bars: Bars, number: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Bars:
    """Join the bars of each number; bars carried forward count only where there are no others."""
    traded = bars
    if CARRIED in bars.columns:
        is_carried = bars[CARRIED].to_numpy(dtype=bool)
        traded = bars.assign(**{c: bars[c].mask(is_carried) for c in PRICE_COLUMNS})
    longer = _aggregated(traded, number)
    if CARRIED in bars.columns:
        whole = bars[CARRIED].astype(bool).groupby(number, sort=False).all()
        carried = _aggregated(bars, number)
        longer = longer.assign(**{c: longer[c].fillna(carried[c]) for c in PRICE_COLUMNS}, **{CARRIED: whole})
    return longer[[c for c in bars.columns if c in longer.columns or c == "known_at"]]


def _aggregated(bars: Bars, number: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Bars:
    groups = bars.groupby(number, sort=False)
    longer: Bars = groups.agg({c: _HOW.get(c, "last") for c in bars.columns if c not in _SUMS})
    for column in _SUMS:
        if column in bars.columns:
            longer[column] = groups[column].sum(min_count=1)
    return longer
