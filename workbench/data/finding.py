"""Which calendar a series follows, read off its bars alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.intervals import Interval
from workbench.data.calendars import Calendar, calendar
from workbench.data.periods import fills_the_week
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

EXCHANGES = ("XNYS", "XLON", "XETR", "XPAR", "XSWX", "XTKS", "XHKG", "XBOM", "XTSE", "XASX", "XSHG", "XSES", "BVMF")
"""What is tried: calendars that are quick to make. Of exchanges with the same sessions the first stands for all."""

_ENOUGH = 200
"""Sessions from which on the holidays of one exchange tell it from another."""
_NEARLY = 0.015
"""Share of the sessions that may not match: closings that a calendar forgot, days that a file lacks."""
_SHARE = 0.05


def find_calendar(labels: pd.DatetimeIndex, interval: str | Interval) -> Calendar | None:
    """Return the calendar that bars follow, or None when it is not sure.

    Parameters
    ----------
    labels : DatetimeIndex
        Labels of the bars: session dates, or opening stamps in UTC.
    interval : str or Interval

    Returns
    -------
    Calendar or None
        `24/7` where Saturdays are traded; `24/5` where intraday bars fill the nights of the week, or daily bars leave
        out hardly a day from Monday to Friday over two years; an exchange of a short list where its sessions match
        nearly exactly and clearly best, over at least 200 sessions. Bars longer than a day do not tell.

    Notes
    -----
    Making the calendars of the list takes a second or two, once per process.
    """
    step = interval if isinstance(interval, Interval) else Interval.parse(interval)
    if step.unit in ("wk", "mo") or (step.count > 1 and step.unit == "d") or len(labels) < 20:
        return None
    shares = np.bincount(labels.day_of_week, minlength=7) / len(labels)
    if shares[5] > _SHARE:
        return calendar("24/7") if shares[6] > _SHARE and shares[0] > _SHARE else None
    if fills_the_week(labels, step):
        return calendar("24/5")
    return _nearest_exchange(labels, step)


def _nearest_exchange(labels: pd.DatetimeIndex, step: Interval) -> Calendar | None:
    found: list[tuple[int, int, tuple[object, ...], Calendar]] = []
    for name in EXCHANGES:
        try:
            compared = _mismatches(labels, step, calendar(name))
        except DataError:
            continue
        if compared is not None:
            found.append((*compared, calendar(name)))
    found.sort(key=lambda item: item[0])
    if not found:
        return None
    wrong, n_sessions, sessions, best = found[0]
    others = [item[0] for item in found[1:] if item[2] != sessions]
    is_near = n_sessions >= _ENOUGH and wrong <= _NEARLY * n_sessions + 1
    is_clear = not others or min(others) >= 3 * wrong + 3
    return best if is_near and is_clear else None


def _is_worth_trying(labels: pd.DatetimeIndex, tried: Calendar) -> bool:
    """Whether most of some bars lie within sessions, so that it is worth looking at all."""
    some = labels[:: max(len(labels) // 997, 1)]
    dates = tried.session_of(some)
    return float(np.mean((some >= tried.opens(dates)) & (some < tried.closes(dates)))) > 0.9


def _mismatches(
    labels: pd.DatetimeIndex, step: Interval, tried: Calendar
) -> tuple[int, int, tuple[object, ...]] | None:
    """Count sessions without bars, dates with bars that are none, and sessions with bars outside of their hours."""
    if step.is_intraday and not _is_worth_trying(labels, tried):
        return None
    dates = tried.session_of(labels) if step.is_intraday else labels
    traded = dates.unique()
    first = tried.first_known
    if first is not None and traded.min() < first:
        return None
    sessions = tried.sessions(traded.min(), traded.max())
    wrong = len(sessions.symmetric_difference(traded))
    if step.is_intraday:
        outside = (labels < tried.opens(dates)) | (labels >= tried.closes(dates))
        wrong += len(dates[outside].unique().intersection(sessions))
    return wrong, len(sessions), tuple(sessions)
