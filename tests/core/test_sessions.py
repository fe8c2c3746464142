"""When bars are known by a calendar, and which come next."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import DataError, calendar
from workbench.contracts.intervals import Interval
from workbench.data.bars import tidy_bars
from workbench.data.sessions import known_by, next_labels, with_known_at

NEW_YORK = calendar("XNYS")


def known(labels, interval, name="XNYS"):
    return known_by(pd.DatetimeIndex(labels), Interval.parse(interval), calendar(name)).strftime("%m-%d %H:%M").tolist()


def following(last, interval, name="XNYS", n=2):
    found = next_labels(pd.Timestamp(last), Interval.parse(interval), calendar(name), n)
    return found.strftime("%m-%d %H:%M" if Interval.parse(interval).is_intraday else "%m-%d").tolist()


def closes(labels):
    return pd.DataFrame({"close": np.arange(1.0, len(labels) + 1)}, index=pd.DatetimeIndex(labels, name="time"))


# --- known_at


def test_a_daily_bar_is_known_at_the_close_of_its_session_on_half_days_too():
    assert known(["2024-07-02", "2024-07-03", "2024-12-10"], "1d") == ["07-02 20:00", "07-03 17:00", "12-10 21:00"]


def test_a_bar_on_a_date_that_is_no_session_is_known_at_the_end_of_that_date_there():
    assert known(["2024-07-03", "2024-07-04", "2024-07-05"], "1d") == ["07-03 17:00", "07-05 04:00", "07-05 20:00"]


@pytest.mark.parametrize(
    ("labels", "interval", "moments"),
    [
        (["2024-06-24", "2024-07-01"], "1wk", ["06-28 20:00", "07-05 20:00"]),
        (["2024-05-01", "2024-06-01"], "1mo", ["05-31 20:00", "06-28 20:00"]),
        (["2024-05-31", "2024-07-31"], "1mo", ["05-31 20:00", "07-31 20:00"]),  # labelled by the month's last day
        (["2024-07-02", "2024-07-04"], "2d", ["07-03 17:00", "07-05 20:00"]),
    ],
)
def test_a_longer_bar_is_known_at_the_close_of_the_last_session_in_it(labels, interval, moments):
    assert known(labels, interval) == moments


def test_an_intraday_bar_is_known_when_it_ends_but_no_later_than_the_close_of_its_session():
    stamps = ["2024-07-03 12:00", "2024-07-03 15:30", "2024-07-03 16:30", "2024-07-03 17:00"]

    assert known(stamps, "1h") == ["07-03 13:00", "07-03 16:30", "07-03 17:00", "07-03 18:00"]


def test_a_session_that_ends_before_its_date_begins_in_utc_is_known_once_it_began():
    assert known(["2024-12-24"], "1d", "XNZE") == ["12-24 00:00"]  # 12:45 in Auckland is 23:45 of the day before


def test_a_month_that_goes_on_beyond_the_calendar_is_known_at_its_own_end():
    last = NEW_YORK.last_known
    month = pd.DatetimeIndex([last.to_period("M").start_time])

    found = known_by(month, Interval.parse("2mo"), NEW_YORK)

    assert found[0] >= month[0] + pd.DateOffset(months=2)


def test_bars_before_the_calendar_begins_are_known_at_the_end_of_their_date():
    assert known(["1990-01-04"], "1d", "XTKS") == ["01-04 15:00"]


def test_without_a_calendar_a_bar_is_known_at_the_end_of_its_date_in_utc():
    labels = pd.DatetimeIndex(["2024-07-03", "2024-07-05"])

    assert known_by(labels, Interval.parse("1d"), None).tolist() == (labels + pd.Timedelta(days=1)).tolist()


def test_what_the_source_says_of_known_at_wins():
    own = closes(["2024-07-02", "2024-07-03"])
    own["known_at"] = own.index + pd.Timedelta(hours=30)
    interval = Interval.parse("1d")

    with pytest.warns(UserWarning, match="closes only"):
        bars = tidy_bars(own, "X", interval, NEW_YORK)

    assert bars["known_at"].tolist() == own["known_at"].tolist()
    assert with_known_at(bars, interval, NEW_YORK)["known_at"].tolist() == own["known_at"].tolist()


def test_a_calendar_can_be_put_on_bars_later():
    interval = Interval.parse("1d")
    with pytest.warns(UserWarning, match="closes only"):
        bare = tidy_bars(closes(["2024-07-02", "2024-07-03"]), "X", interval)
        dated = tidy_bars(closes(["2024-07-02", "2024-07-03"]), "X", interval, NEW_YORK)

    pd.testing.assert_frame_equal(with_known_at(bare, interval, NEW_YORK), dated)
    assert with_known_at(bare, interval, None) is bare


@settings(deadline=None)  # calendars are made on first use
@given(
    st.lists(st.dates(pd.Timestamp("2000-01-01").date(), pd.Timestamp("2026-01-01").date()), min_size=1, unique=True),
    st.sampled_from(["XNYS", "XTKS", "XASX", "XNZE", "24/5", "24/7", "CMES", "BVMF"]),
)
def test_known_at_increases_from_date_to_date_on_every_exchange(days, name):
    labels = pd.DatetimeIndex(sorted(days))

    found = known_by(labels, Interval.parse("1d"), calendar(name))

    assert found.is_monotonic_increasing
    assert found.is_unique
    assert (found >= labels).all()
    assert (found <= labels + pd.Timedelta(hours=48)).all()


# --- the next bars


@pytest.mark.parametrize(
    ("last", "name", "expected"),
    [
        ("2024-07-12", "XNYS", ["07-15", "07-16"]),
        ("2024-08-30", "XNYS", ["09-03", "09-04"]),  # Labour Day
        ("2024-07-12", "24/7", ["07-13", "07-14"]),
        ("2024-07-12", "24/5", ["07-15", "07-16"]),
    ],
)
def test_after_friday_comes_the_next_session(last, name, expected):
    assert following(last, "1d", name) == expected


def test_intraday_bars_go_on_at_the_next_opening():
    assert following("2024-07-02 19:30", "30m") == ["07-03 13:30", "07-03 14:00"]
    assert following("2024-07-03 16:30", "30m") == ["07-05 13:30", "07-05 14:00"]  # a half day and a holiday
    assert following("2024-07-05 19:55", "5m") == ["07-08 13:30", "07-08 13:35"]


def test_bars_on_full_hours_stay_on_full_hours():
    assert following("2024-07-02 19:00", "1h") == ["07-03 13:00", "07-03 14:00"]


def test_the_opening_moves_with_the_clocks():
    assert following("2024-03-08 20:30", "1h") == ["03-11 13:30", "03-11 14:30"]


def test_no_bar_lies_in_the_break_of_tokyo():
    assert following("2024-01-05 02:00", "30m", "XTKS") == ["01-05 03:30", "01-05 04:00"]


def test_what_trades_always_goes_on_over_midnight():
    assert following("2024-07-05 23:00", "1h", "24/7") == ["07-06 00:00", "07-06 01:00"]


@pytest.mark.parametrize(
    ("last", "interval", "expected"),
    [
        ("2024-07-01", "1wk", ["07-08", "07-15"]),
        ("2024-07-01", "1mo", ["08-01", "09-01"]),
        ("2024-06-03", "1mo", ["07-01", "08-01"]),  # the first session
        ("2024-06-28", "1mo", ["07-31", "08-30"]),  # the last session
        ("2024-06-30", "1mo", ["07-31", "08-31"]),  # the last day
        ("2024-01-01", "3mo", ["04-01", "07-01"]),
    ],
)
def test_longer_bars_go_on_as_they_are_labelled(last, interval, expected):
    assert following(last, interval) == expected


def test_weeks_without_a_session_are_passed_over():
    assert following("2023-09-25", "1wk", "XSHG") == ["10-09", "10-16"]  # the golden week of 2023


def test_bars_beyond_the_calendar_are_refused():
    with pytest.raises(DataError, match="ends on"):
        following(NEW_YORK.last_known, "1wk")


@settings(deadline=None)
@given(st.sampled_from(["1d", "30m", "1h", "1wk", "1mo"]), st.integers(0, 400), st.integers(1, 6))
def test_asking_for_more_bars_begins_with_the_same_ones(interval, offset, n):
    last = NEW_YORK.opens(NEW_YORK.sessions(pd.Timestamp("2023-01-01"), pd.Timestamp("2024-12-01")))[offset]
    last = last if Interval.parse(interval).is_intraday else last.normalize()
    step = Interval.parse(interval)

    many = next_labels(last, step, NEW_YORK, n + 3)

    assert many[:n].tolist() == next_labels(last, step, NEW_YORK, n).tolist()
    assert many.is_monotonic_increasing
    assert many.is_unique
    assert many[0] > last
    assert next_labels(many[0], step, NEW_YORK, n).tolist() == many[1 : n + 1].tolist()
