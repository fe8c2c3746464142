"""Bars per year, read off the bars."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench import DataError, calendar
from workbench.data.periods import panel_periods_per_year, periods_per_year


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


# --- with a calendar, or by counting


def hours_of(name, first, last):
    market = calendar(name)
    days = market.sessions(pd.Timestamp(first), pd.Timestamp(last))
    spans = zip(market.opens(days), market.closes(days), strict=True)
    return pd.DatetimeIndex([h for begin, end in spans for h in pd.date_range(begin, end, freq="h", inclusive="left")])


@pytest.mark.parametrize(
    ("name", "expected"), [("XNYS", 252), ("XTKS", 252), ("XSHG", 252), ("24/5", 260), ("24/7", 365)]
)
def test_sessions_a_year_are_those_of_the_calendar_whether_stated_or_not(name, expected):
    labels = calendar(name).sessions(pd.Timestamp("2018-01-01"), pd.Timestamp("2021-12-31"))

    assert periods_per_year(labels, "1d", calendar(name)) == expected
    assert periods_per_year(labels, "1d") == expected


def test_hours_of_a_session_that_crosses_midnight_in_utc_are_counted_by_session():
    labels = hours_of("XASX", "2022-01-01", "2022-12-31")

    assert periods_per_year(labels, "1h", calendar("XASX")) == 252 * 6


def test_short_bars_on_sundays_are_counted_as_what_they_are():
    days = pd.date_range("2010-01-01", "2015-12-31")
    labels = days[days.day_of_week != 5]  # six bars a week

    assert periods_per_year(labels, "1d") == 313
    assert periods_per_year(labels, "1d", calendar("24/5")) == 313


def test_symbols_of_two_exchanges_have_more_bars_together_than_each():
    first, last = pd.Timestamp("2018-01-01"), pd.Timestamp("2021-12-31")
    markets = {"A": calendar("XNYS"), "B": calendar("XTKS")}
    labels = {symbol: market.sessions(first, last) for symbol, market in markets.items()}

    together = panel_periods_per_year(labels, "1d", markets)

    assert together == round(len(labels["A"].union(labels["B"])) / 4)
    assert 252 < together < 261
    assert panel_periods_per_year(labels, "1d", {"A": None, "B": None}) == 260  # hardly a day without one of them
    assert panel_periods_per_year({"A": labels["A"]}, "1d", markets) == 252
