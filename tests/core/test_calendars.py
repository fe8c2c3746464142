"""Calendars against what is known of exchanges: holidays, half days, opening hours."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from workbench import DataError, calendar


def dates(*texts):
    return pd.DatetimeIndex(texts)


def day(text):
    return pd.Timestamp(text)


NEW_YORK = calendar("XNYS")


@pytest.mark.parametrize("closed", ["2024-07-04", "2018-12-05", "2025-01-09", "2012-10-29", "2001-09-11"])
def test_new_york_is_closed_on_holidays_days_of_mourning_and_in_storms(closed):
    assert not len(NEW_YORK.sessions(day(closed), day(closed)))
    assert NEW_YORK.closes(dates(closed)).isna().all()


def test_the_day_before_independence_day_is_a_half_day():
    sessions = dates("2024-07-02", "2024-07-03")

    assert NEW_YORK.closes(sessions).tolist() == [day("2024-07-02 20:00"), day("2024-07-03 17:00")]
    assert NEW_YORK.hours(sessions).tolist() == [6.5, 3.5]


def test_new_york_opens_an_hour_earlier_in_utc_once_its_clocks_went_forward():
    before_and_after = NEW_YORK.opens(dates("2024-03-08", "2024-03-11"))

    assert before_and_after.tolist() == [day("2024-03-08 14:30"), day("2024-03-11 13:30")]


def test_tokyo_has_a_break_at_noon_and_closed_at_three_before_november_2024():
    tokyo = calendar("XTKS")
    session = dates("2024-01-05")

    assert tokyo.timezone == "Asia/Tokyo"
    assert tokyo.opens(session)[0] == day("2024-01-05 00:00")
    assert tokyo.closes(session)[0] == day("2024-01-05 06:00")
    assert tokyo.hours(session).tolist() == [5.0]


@pytest.mark.parametrize(
    ("name", "n_sessions", "periods"), [("24/7", 7, 365.0), ("24/5", 5, 260.0), ("XNYS", 4, 252.0), ("XTKS", 5, 252.0)]
)
def test_a_week_with_independence_day_has_so_many_sessions(name, n_sessions, periods):
    found = calendar(name)

    assert len(found.sessions(day("2024-07-01"), day("2024-07-07"))) == n_sessions
    assert found.periods_per_year == periods


@pytest.mark.parametrize(
    ("name", "last", "following"),
    [
        ("XNYS", "2024-07-12", "2024-07-15"),  # a Friday
        ("XNYS", "2024-08-30", "2024-09-03"),  # Labour Day on Monday
        ("24/7", "2024-07-12", "2024-07-13"),
    ],
)
def test_the_next_session_passes_over_weekends_and_holidays(name, last, following):
    assert calendar(name).following(day(last), 1).tolist() == [day(following)]


def test_a_calendar_answers_within_what_it_knows_and_says_where_it_ends():
    tokyo = calendar("XTKS")

    assert tokyo.first_known == day("1997-01-01")
    assert tokyo.sessions(day("1990-01-01"), day("1997-01-07")).tolist() == [day("1997-01-06"), day("1997-01-07")]
    with pytest.raises(DataError, match="begins on 1997-01-01"):
        tokyo.following(day("1990-01-01"), 1)
    with pytest.raises(DataError, match=r"ends on .*; ask for nearer sessions"):
        tokyo.following(tokyo.last_known, 1)


def test_new_york_knows_its_holidays_of_long_ago():
    assert NEW_YORK.first_known is None
    assert not len(NEW_YORK.sessions(day("1963-11-25"), day("1963-11-25")))  # funeral of President Kennedy


def test_a_name_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(DataError, match=r"no calendar 'XNYC'. Did you mean 'XNYS'\?"):
        calendar("XNYC")


def test_a_session_that_begins_the_evening_before_keeps_its_date():
    sydney, chicago = calendar("XASX"), calendar("CMES")

    assert sydney.session_of(dates("2024-01-08 23:30", "2024-01-09 04:00")).tolist() == [day("2024-01-09")] * 2
    assert chicago.session_of(dates("2024-01-08 23:30", "2024-01-09 22:00")).tolist() == [day("2024-01-09")] * 2


def test_what_trades_outside_of_sessions_counts_to_the_date_of_the_exchange():
    after_hours = dates("2024-07-02 23:00", "2024-07-03 01:00", "2024-07-04 16:00")

    assert NEW_YORK.session_of(after_hours).tolist() == [day("2024-07-02"), day("2024-07-02"), day("2024-07-04")]


def test_the_sunday_evening_of_currencies_counts_to_monday():
    week = dates("2024-07-05 20:00", "2024-07-07 21:00", "2024-07-08 03:00")

    assert calendar("24/5").session_of(week).tolist() == [day("2024-07-05"), day("2024-07-08"), day("2024-07-08")]


def test_a_calendar_that_the_library_cannot_make_says_so(monkeypatch):
    import exchange_calendars

    def fail(name, start=None):
        raise ValueError("special dates are not sessions")

    monkeypatch.setattr(exchange_calendars, "get_calendar", fail)

    with pytest.raises(DataError, match="'XWBO' cannot be made: special dates"):
        _ = calendar("XWBO").timezone


def test_workbench_and_a_quick_experiment_load_no_calendars():
    code = (
        "import sys, workbench as wb\n"
        "wb.Experiment(source='csv', symbols=['A'], interval='1m', resample='15m')\n"
        "assert 'exchange_calendars' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
