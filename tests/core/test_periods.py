"""Bars per year, read off the bars."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench import DataError
from workbench.data.periods import periods_per_year


def sessions(freq, start, end):
    days = pd.bdate_range("2021-01-04", periods=30)
    return pd.DatetimeIndex([d for day in days for d in pd.date_range(day + start, day + end, freq=freq)])


HOUR = pd.Timedelta(hours=1)


@pytest.mark.parametrize(
    ("labels", "interval", "expected"),
    [
        (pd.bdate_range("2020-01-01", periods=300), "1d", 252),
        (pd.date_range("2020-01-01", periods=300), "1d", 365),
        (pd.date_range("2020-01-01", periods=300, freq="2D"), "2d", 182.5),
        (pd.bdate_range("2020-01-01", periods=300)[::2], "2d", 126),
        (pd.date_range("2020-01-01", periods=99, freq="W-SAT"), "1wk", 52),
        (pd.date_range("2020-01-01", periods=99, freq="MS"), "1mo", 12),
        (pd.date_range("2020-01-01", periods=99, freq="QS"), "3mo", 4),
        (sessions("1h", 9 * HOUR, 15 * HOUR), "1h", 252 * 7),
        (pd.date_range("2021-01-01", periods=24 * 60, freq="h"), "1h", 365 * 24),
    ],
)
def test_bars_per_year_follow_the_calendar(labels, interval, expected):
    assert periods_per_year(labels, interval) == expected


def test_a_sunday_evening_is_the_opening_of_a_week_not_a_weekend_of_trading():
    weeks = pd.date_range("2021-01-03 22:00", periods=10, freq="7D")
    hours = pd.DatetimeIndex([hour for opening in weeks for hour in pd.date_range(opening, periods=5 * 24, freq="h")])

    assert set(hours.dayofweek) == {6, 0, 1, 2, 3, 4}
    assert periods_per_year(hours, "1h") == 260 * 24


def test_half_days_do_not_change_the_usual_session():
    labels = sessions("1h", 9 * HOUR, 15 * HOUR)

    assert periods_per_year(labels.delete([4, 5, 6]), "1h") == 252 * 7


def test_an_interval_nobody_knows_is_refused():
    with pytest.raises(DataError, match="expected a number and one of"):
        periods_per_year(pd.bdate_range("2020-01-01", periods=3), "daily")
