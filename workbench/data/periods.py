"""How many bars make a year; always stated beside an annualised number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.intervals import Interval

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.arrays import FloatArray
    from workbench.data.calendars import Calendar

_DAYS = 365.25
_SHARE = 0.05
"""Part of all bars from which a day of the week counts as traded."""
_ALL_WEEKDAYS = 0.98
"""Part of the days from Monday to Friday with bars above which no exchange with its holidays is behind them."""
_ENOUGH = 520
"""Days from Monday to Friday, two years, from which on holidays are missed."""


def periods_per_year(labels: pd.DatetimeIndex, interval: str, calendar: Calendar | None = None) -> float:
    """Return bars per year.

    Parameters
    ----------
    labels : DatetimeIndex
        Labels of the bars.
    interval : str
        Their length.
    calendar : Calendar, optional
        What they follow; without it, the days of the week on which there are bars decide.

    Returns
    -------
    float
        Of daily bars 365 where all days are traded, 260 where all from Monday to Friday are, 252 of an exchange with
        its holidays, and what is counted where it is neither, such as a daily series of currencies with short bars
        on Sundays. Of intraday bars the usual number per session times the sessions per year; of longer ones what
        the calendar year holds.
    """
    step = Interval.parse(interval)
    if step.unit == "mo":
        return 12 / step.count
    if step.unit == "wk":
        return 52 / step.count
    if step.unit == "d":
        days = _days_per_year(labels, step) if calendar is None else _sessions_per_year(labels, calendar)
        return days / step.count
    if calendar is None:
        return _days_per_year(labels, step) * _usual(labels.normalize())
    return calendar.periods_per_year * _usual(calendar.session_of(labels))


def panel_periods_per_year(
    labels: Mapping[str, pd.DatetimeIndex], interval: str, calendars: Mapping[str, Calendar | None]
) -> float:
    """Return bars per year of all symbols together: moments at which any of them has a bar.

    Where symbols follow different calendars, their common bars are counted.
    """
    together = reduce(lambda a, b: a.union(b), labels.values())
    different = {calendars.get(symbol) for symbol in labels}
    if len(different) == 1:
        return periods_per_year(together, interval, different.pop())
    if Interval.parse(interval).unit in ("wk", "mo"):
        return periods_per_year(together, interval)
    return _counted(together) or periods_per_year(together, interval)


def _usual(dates: pd.DatetimeIndex) -> float:
    return float(np.median(dates.value_counts()))


def _sessions_per_year(labels: pd.DatetimeIndex, calendar: Calendar) -> float:
    """What is usual for the calendar, unless many bars lie on other days."""
    sessions = calendar.sessions(labels.min(), labels.max())
    outside = 1 - float(np.mean(labels.normalize().isin(sessions))) if len(sessions) else 0.0
    return (_counted(labels) if outside > _SHARE else 0) or calendar.periods_per_year


def _days_per_year(labels: pd.DatetimeIndex, step: Interval) -> float:
    shares = _shares_of_weekdays(labels)
    if shares[5] > _SHARE:
        return 365.0
    if shares[6] > _SHARE and shares[4] > _SHARE:  # Sundays and Fridays: the short first bar of a currency week
        return _counted(labels.normalize().unique()) or 260.0
    return 260.0 if fills_the_week(labels, step) else 252.0


def _shares_of_weekdays(labels: pd.DatetimeIndex) -> FloatArray:
    shares: FloatArray = np.bincount(labels.day_of_week, minlength=7) / max(len(labels), 1)
    return shares


def fills_the_week(labels: pd.DatetimeIndex, step: Interval) -> bool:
    """Whether bars from Monday to Friday leave out no hour or, if daily, hardly a date over two years."""
    if step.is_intraday:
        per_hour = np.bincount(labels.hour, minlength=24)
        return bool(per_hour.min() > 0.5 * np.median(per_hour)) and labels.normalize().nunique() >= 5
    dates = labels.normalize().unique()
    first, last = np.datetime64(dates.min(), "D"), np.datetime64(dates.max(), "D") + 1
    n_weekdays = int(np.busday_count(first, last))
    n_traded = int((dates.day_of_week < 5).sum())
    return n_weekdays >= _ENOUGH and n_traded >= _ALL_WEEKDAYS * n_weekdays


def _counted(labels: pd.DatetimeIndex) -> float:
    """Bars per year as they come, in whole numbers; 0 where they span less than half a year."""
    years = (labels.max() - labels.min()).total_seconds() / 86_400 / _DAYS
    return float(round((len(labels) - 1) / years)) if years > 0.5 else 0.0
