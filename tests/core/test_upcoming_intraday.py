"""At which times intraday bars come next where no calendar is stated."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.contracts.intervals import Interval
from workbench.data.calendars import calendar
from workbench.data.upcoming import upcoming


def named(labels, interval, n=2):
    found = upcoming(pd.DatetimeIndex(labels), Interval.parse(interval), None, n)
    return [f"{label:%a %Y-%m-%d %H:%M}" for label in found.labels], found.dated_by


def test_minutes_of_one_day_go_on_with_the_next_minute():
    labels, rule = named(pd.date_range("2024-08-29 09:30", periods=500, freq="1min"), "1m")

    assert labels == ["Thu 2024-08-29 17:50", "Thu 2024-08-29 17:51"]
    assert rule == "bar after bar, since less than a day of bars is there"


@pytest.mark.parametrize(
    ("first", "last", "then"),
    [
        ("2024-08-27", "2024-08-28", ["Thu 2024-08-29 14:00", "Thu 2024-08-29 15:00"]),
        ("2024-08-28", "2024-08-30", ["Mon 2024-09-02 14:00", "Mon 2024-09-02 15:00"]),
    ],
)
def test_a_few_days_go_on_at_the_times_of_day_that_were_seen(first, last, then):
    days = pd.date_range(first, last)
    stamps = [day + time for day in days for time in pd.timedelta_range("14:00:00", periods=6, freq="1h")]

    labels, rule = named(stamps, "1h")

    assert labels == then
    assert rule == "the times of day of the last days, holidays unknown"


def currencies(first, last):
    """Hours of a currency: from Sunday, 22:00 UTC, to Friday, 22:00."""
    hours = pd.date_range(first, last, freq="1h")
    week = hours.day_of_week * 24 + hours.hour
    return hours[(week < 4 * 24 + 22) | (week >= 6 * 24 + 22)]


def test_hours_of_a_currency_go_on_on_sunday_evening():
    labels, rule = named(currencies("2023-12-01", "2024-02-02 21:00"), "1h")

    assert labels == ["Sun 2024-02-04 22:00", "Sun 2024-02-04 23:00"]
    assert rule == "the times of the last weeks, holidays unknown"


def test_a_calendar_that_has_the_times_of_the_bars_is_still_found():
    every = pd.date_range("2024-01-01", "2024-02-02 23:00", freq="1h")
    new_york = calendar("XNYS")
    sessions = new_york.sessions(pd.Timestamp("2022-02-01"), pd.Timestamp("2024-03-28"))  # over a change of the clocks
    shares = [t for open_ in new_york.opens(sessions) for t in pd.date_range(open_, periods=6, freq="1h")]
    half_days = new_york.closes(new_york.session_of(pd.DatetimeIndex(shares)))
    shares = pd.DatetimeIndex(shares)[pd.DatetimeIndex(shares) < half_days]
    shares = shares.union(new_york.opens(sessions) + pd.Timedelta(hours=6))
    shares = shares[shares < new_york.closes(new_york.session_of(shares))]

    assert named(every[every.day_of_week < 5], "1h")[1] == "calendar 24/5, found on the bars"
    assert named(every, "1h")[1] == "calendar 24/7, found on the bars"
    assert named(shares, "1h") == (["Mon 2024-04-01 13:30", "Mon 2024-04-01 14:30"], "calendar XNYS, found on the bars")
