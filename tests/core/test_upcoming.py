"""Which bars come next, and what named them."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench import calendar
from workbench.contracts.intervals import Interval
from workbench.data.upcoming import upcoming


def coming(labels, interval, calendar_name=None, n=1):
    followed = None if calendar_name is None else calendar(calendar_name)
    return upcoming(pd.DatetimeIndex(labels), Interval.parse(interval), followed, n)


def days(found) -> list[str]:
    return [f"{label:%a %Y-%m-%d}" for label in found.labels]


@pytest.mark.parametrize(
    ("last", "following"),
    [("2024-08-30", "Tue 2024-09-03"), ("2024-08-23", "Mon 2024-08-26"), ("2024-07-03", "Fri 2024-07-05")],
)
def test_a_calendar_that_is_given_knows_its_holidays(last, following):
    found = coming(["2024-06-03", last], "1d", "XNYS")

    assert days(found) == [following]
    assert found.dated_by == "calendar XNYS"
    assert found.known_at[0] == found.labels[0] + pd.Timedelta(hours=20)


def test_a_us_share_is_recognised_by_its_bars():
    sessions = calendar("XNYS").sessions(pd.Timestamp("2021-01-04"), pd.Timestamp("2024-08-30"))  # before Labor Day

    found = coming(sessions, "1d", n=2)

    assert days(found) == ["Tue 2024-09-03", "Wed 2024-09-04"]
    assert found.dated_by == "calendar XNYS, found on the bars"


def test_what_trades_every_day_goes_on_on_saturday():
    found = coming(pd.date_range(end="2024-08-30", periods=300), "1d", n=2)

    assert days(found) == ["Sat 2024-08-31", "Sun 2024-09-01"]
    assert found.dated_by == "calendar 24/7, found on the bars"


def test_without_any_calendar_a_plain_rule_is_stated():
    weekdays, whole_week = pd.bdate_range(end="2024-08-30", periods=8), pd.date_range(end="2024-08-30", periods=8)

    assert days(coming(weekdays, "1d", n=2)) == ["Mon 2024-09-02", "Tue 2024-09-03"]
    assert coming(weekdays, "1d").dated_by == "Monday to Friday, holidays unknown"
    assert days(coming(whole_week, "1d", n=2)) == ["Sat 2024-08-31", "Sun 2024-09-01"]
    assert coming(whole_week, "1d").dated_by == "every day"


def test_weeks_and_months_go_on():
    assert days(coming(pd.date_range("2024-01-01", periods=5, freq="7D"), "1wk", n=2)) == [
        "Mon 2024-02-05",
        "Mon 2024-02-12",
    ]
    assert days(coming(["2024-01-31", "2024-02-29"], "1mo", n=2)) == ["Sun 2024-03-31", "Tue 2024-04-30"]
    assert days(coming(["2024-01-01", "2024-02-01"], "1mo")) == ["Fri 2024-03-01"]


def test_intraday_bars_stay_within_the_sessions_of_a_calendar():
    stamps = pd.date_range("2024-08-30 13:30", "2024-08-30 19:30", freq="1h")  # the last hour of the Friday

    found = coming(stamps, "1h", "XNYS", n=2)

    assert [str(label) for label in found.labels] == ["2024-09-03 13:30:00", "2024-09-03 14:30:00"]


def test_intraday_bars_without_a_calendar_come_at_their_usual_times():
    day = pd.timedelta_range("03:30:00", "05:30:00", freq="1h")
    stamps = [d + t for d in pd.bdate_range("2024-08-19", "2024-08-23") for t in day]

    found = coming(stamps, "1h", n=4)

    assert [str(label) for label in found.labels] == [
        *("2024-08-26 03:30:00", "2024-08-26 04:30:00", "2024-08-26 05:30:00", "2024-08-27 03:30:00"),
    ]
    assert found.dated_by == "the times of day of the last days, holidays unknown"


def test_beyond_what_a_calendar_knows_the_plain_rule_goes_on():
    found = coming(pd.bdate_range(end="2024-08-30", periods=30), "1d", "XNYS", n=2000)

    assert len(found.labels) == 2000
    assert found.dated_by == "Monday to Friday, holidays unknown"
