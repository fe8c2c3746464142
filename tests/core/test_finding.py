"""Which calendar a series follows, from its bars alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench import calendar, find_calendar

FIRST, LAST = pd.Timestamp("2015-01-01"), pd.Timestamp("2017-12-31")


def sessions(name):
    return calendar(name).sessions(FIRST, LAST)


def name_of(found):
    return None if found is None else found.name


@pytest.mark.parametrize("name", ["XNYS", "XLON", "XTKS", "XBOM", "XSHG", "XASX", "24/7", "24/5"])
def test_the_sessions_of_three_years_tell_the_calendar(name):
    assert name_of(find_calendar(sessions(name), "1d")) == name


def test_a_few_missing_days_and_a_wrong_one_do_not_hide_it():
    labels = sessions("XNYS").delete([100, 300, 500]).union(pd.DatetimeIndex(["2016-07-04"]))

    assert name_of(find_calendar(labels, "1d")) == "XNYS"


@pytest.mark.parametrize(
    "labels",
    [
        sessions("XNYS")[:60],  # too few holidays to tell
        sessions("XNYS")[::2],
        sessions("XNYS").delete(np.arange(0, 700, 20)),
        pd.bdate_range(FIRST, LAST).delete(np.arange(7, 700, 25)),
        pd.date_range(FIRST, LAST)[pd.date_range(FIRST, LAST).day_of_week != 6],  # from Monday to Saturday
    ],
)
def test_what_is_not_sure_is_none(labels):
    assert find_calendar(labels, "1d") is None


def test_short_bars_on_sundays_are_those_of_currencies():
    days = pd.date_range(FIRST, LAST)

    assert name_of(find_calendar(days[days.day_of_week != 5], "1d")) == "24/5"


def test_hours_of_currencies_go_from_sunday_evening_to_friday_evening():
    weeks = pd.date_range("2021-01-03 22:00", periods=10, freq="7D")
    hours = pd.DatetimeIndex([hour for opening in weeks for hour in pd.date_range(opening, periods=5 * 24, freq="h")])

    assert name_of(find_calendar(hours, "1h")) == "24/5"


@pytest.mark.parametrize("name", ["XNYS", "XASX"])
def test_hours_of_an_exchange_lie_within_its_sessions(name):
    market = calendar(name)
    days = market.sessions(FIRST, pd.Timestamp("2016-12-31"))
    spans = zip(market.opens(days), market.closes(days), strict=True)
    hours = pd.DatetimeIndex([h for begin, end in spans for h in pd.date_range(begin, end, freq="h", inclusive="left")])

    assert name_of(find_calendar(hours, "1h")) == name
    assert find_calendar(hours + pd.Timedelta(hours=5), "1h") is None


@pytest.mark.parametrize("interval", ["1wk", "1mo", "2d"])
def test_bars_longer_than_a_day_do_not_tell(interval):
    assert find_calendar(pd.date_range(FIRST, periods=100, freq="7D"), interval) is None
