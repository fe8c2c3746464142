"""What is missing of a series, as an independent slow count of single days would have it."""

from __future__ import annotations

import itertools
from datetime import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.contracts.intervals import Interval
from workbench.runs.stretches import Stretch, finished_until, missing, settled, settled_until, wanted
from workbench_store import Fetch

DAILY = Interval.parse("1d")
START = pd.Timestamp("2024-01-01")


def day(number: int) -> pd.Timestamp:
    return START + pd.Timedelta(days=number)


def stretch(first: str | None, last: str) -> Stretch:
    return Stretch(None if first is None else pd.Timestamp(first), pd.Timestamp(last))


pieces = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), max_size=6)


@given(first=st.integers(0, 30), length=st.integers(0, 20), there=pieces)
def test_the_missing_days_are_those_that_no_stretch_covers(first, length, there):
    parts = [Stretch(day(a), day(a + n)) for a, n in there]
    covered = {d for a, n in there for d in range(a, a + n + 1)}

    gaps = missing(Stretch(day(first), day(first + length)), parts, DAILY)

    asked = [d for gap in gaps for d in range((gap.first - START).days, (gap.last - START).days + 1)]
    assert asked == [d for d in range(first, first + length + 1) if d not in covered]
    assert all(later.first - earlier.last > pd.Timedelta(days=1) for earlier, later in itertools.pairwise(gaps))


@given(there=pieces)
def test_from_the_beginning_only_a_stretch_from_the_beginning_covers_the_start(there):
    parts = [Stretch(day(a), day(a + n)) for a, n in there]

    gaps = missing(Stretch(None, day(40)), parts, DAILY)
    none = missing(Stretch(None, day(40)), [*parts, Stretch(None, day(40))], DAILY)

    assert gaps[0].first is None
    assert none == []


@pytest.mark.parametrize(
    ("interval", "now", "last"),
    [
        ("1d", "2024-03-05 00:00", "2024-03-04"),
        ("1d", "2024-03-05 23:59", "2024-03-04"),
        ("1wk", "2024-03-11 00:00", "2024-03-04"),
        ("1wk", "2024-03-10 23:00", "2024-03-03"),
        ("1mo", "2024-03-31 12:00", "2024-02-29"),
        ("1mo", "2024-04-01 00:00", "2024-03-01"),
        ("5m", "2024-03-05 14:37:20", "2024-03-05 14:32"),
    ],
)
def test_only_bars_that_are_complete_are_wanted(interval, now, last):
    length = Interval.parse(interval)

    until = finished_until(length, pd.Timestamp(now))

    assert until == pd.Timestamp(last)
    assert length.known_at(pd.DatetimeIndex([until]))[0] <= pd.Timestamp(now)


def test_dates_in_the_future_are_not_wanted():
    now = pd.Timestamp("2024-03-05 12:00")

    assert wanted("2024-03-05", None, DAILY, now) is None
    assert wanted("2024-03-01", "2024-04-01", DAILY, now) == stretch("2024-03-01", "2024-03-04")
    assert wanted(None, "2024-02-01", DAILY, now) == stretch(None, "2024-02-01")
    assert wanted("2024-02-01", "2024-02-01", Interval.parse("1h"), now) == stretch("2024-02-01", "2024-02-01 23:00")


@pytest.mark.parametrize(
    ("asked", "newest", "until"),
    [
        (("2024-01-01", "2024-02-01"), None, "2024-02-01"),  # long ago: nothing will come any more
        (("2024-03-02", "2024-03-04"), "2024-03-08", "2024-03-04"),  # a hole: there is newer
        (("2024-03-01", "2024-03-04"), "2024-03-01", "2024-03-01"),  # the vendor may be late
        (("2024-03-04", "2024-03-04"), "2024-03-01", None),
        ((None, "2024-03-04"), None, None),
    ],
)
def test_an_answer_settles_no_more_than_the_vendor_had(asked, newest, until):
    found = settled_until(
        stretch(*asked), None if newest is None else pd.Timestamp(newest), DAILY, pd.Timestamp("2024-03-05 12:00")
    )

    assert found == (None if until is None else pd.Timestamp(until))


@pytest.mark.parametrize(("minutes", "is_settled"), [(59, True), (61, False)])
def test_what_was_asked_for_just_now_is_not_asked_again(minutes, is_settled):
    fetch = Fetch("x", datetime(2024, 3, 5, 12), datetime(2024, 3, 4), None, datetime(2024, 3, 4), 0, 1)

    found = settled([fetch], DAILY, pd.Timestamp("2024-03-05 12:00") + pd.Timedelta(minutes=minutes))

    assert found == ([stretch("2024-03-04", "2024-03-04")] if is_settled else [])
