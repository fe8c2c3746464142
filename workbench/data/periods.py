"""How many bars make a year, read off the bars; always stated beside an annualised number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.intervals import Interval

if TYPE_CHECKING:
    import pandas as pd


def periods_per_year(labels: pd.DatetimeIndex, interval: str) -> float:
    """Return bars per year.

    Daily bars count 365 a year where week-ends are traded, 252 otherwise; longer bars by the calendar;
    intraday bars as the usual number per session times the sessions per year.

    Parameters
    ----------
    labels : DatetimeIndex
        Labels of the bars.
    interval : str
        Their length.
    """
    step = Interval.parse(interval)
    if step.unit == "mo":
        return 12 / step.count
    if step.unit == "wk":
        return 52 / step.count
    days = 365 if _trades_on_weekends(labels) else 252
    if step.unit == "d":
        return days / step.count
    per_session = labels.normalize().value_counts()
    return float(days * np.median(per_session))


def _trades_on_weekends(labels: pd.DatetimeIndex) -> bool:
    """Whether Saturdays see trading; Sunday alone is the opening of a currency week."""
    return bool(np.mean(labels.dayofweek == 5) > 0.05)
