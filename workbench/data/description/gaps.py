"""Where bars could have been and are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import FloatArray, IntArray
from workbench.data.calendars import Calendar
from workbench.data.description.series import Closes
from workbench.data.description.types import Gap, Gaps
from workbench.data.periods import periods_per_year

if TYPE_CHECKING:
    import pandas as pd

N_LONGEST = 5
_DAY = np.timedelta64(1, "D")


def describe_gaps(closes: Closes, calendar: Calendar | None) -> Gaps | None:
    """Count stretches without bars.

    Without a calendar nobody knows holidays, so that they count: of daily bars every weekday without a bar is
    missing, or every day where Saturdays are traded; of intraday bars such days, and within a day every bar length
    without a bar.
    """
    import pandas as pd

    labels = pd.DatetimeIndex(closes.series.index)
    if len(labels) < 2:
        closes.undefined("gaps", "fewer than two bars have a close")
        return None
    moments = labels.to_numpy()
    steps = np.diff(moments) / np.timedelta64(1, "s")
    n_missing, rule = _missing(closes, labels, steps, calendar)
    found = np.flatnonzero(n_missing)
    longest = sorted(found.tolist(), key=lambda i: (-n_missing[i], -steps[i], i))[:N_LONGEST]
    largest = int(steps.argmax())
    return Gaps(
        rule=rule,
        n=len(found),
        n_missing=int(n_missing.sum()),
        longest=tuple(Gap(closes.at(i), closes.at(i + 1), float(steps[i]), int(n_missing[i])) for i in longest),
        largest_step=float(steps[largest] / closes.interval.seconds),
        largest_step_after=closes.at(largest),
    )


def _missing(
    closes: Closes, labels: pd.DatetimeIndex, steps: FloatArray, calendar: Calendar | None
) -> tuple[IntArray, str]:
    """Return how many bars are missing after each bar but the last, and what counts as missing."""
    interval = closes.interval
    if interval.unit == "mo":
        months = np.diff(labels.year.to_numpy() * 12 + labels.month.to_numpy())
        return _beyond(months / interval.count), "every month without a bar"
    if interval.unit == "wk" or (interval.unit == "d" and interval.count > 1):
        return _beyond(steps / interval.seconds), f"every {interval} without a bar"
    days, rule = _missing_days(labels, calendar)
    if not interval.is_intraday:
        return days, rule
    same_day = np.diff(labels.normalize().to_numpy()) == np.timedelta64(0)
    inside = np.where(same_day, _beyond(steps / interval.seconds), 0)
    return days + inside, (f"{rule}, as one, and within a date (UTC) every {interval} without a bar")


def _beyond(lengths: FloatArray) -> IntArray:
    """Bars that fit between two neighbours so many bar lengths apart."""
    n_missing: IntArray = np.maximum(np.rint(lengths).astype(np.int64) - 1, 0)
    return n_missing


def _missing_days(labels: pd.DatetimeIndex, calendar: Calendar | None) -> tuple[IntArray, str]:
    dates = labels.normalize().to_numpy().astype("datetime64[D]")
    if calendar is not None:
        sessions = calendar.sessions(labels[0], labels[-1]).to_numpy().astype("datetime64[D]")
        # Sessions strictly between two neighbours: those before the later, less those up to the earlier.
        after = np.searchsorted(sessions, dates, side="right")
        before = np.searchsorted(sessions, dates, side="left")
        return np.maximum(before[1:] - after[:-1], 0), f"every session of {calendar.name} without a bar"
    if periods_per_year(labels, "1d") == 365:
        return _beyond(np.diff(dates) / _DAY), "every day without a bar"
    between = np.busday_count(dates[:-1] + _DAY, dates[1:])
    return np.maximum(between, 0), "every weekday without a bar, holidays included"
