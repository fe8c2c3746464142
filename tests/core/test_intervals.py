"""Bar lengths: read, written, and when a bar of that length is known."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import DataError, infer_interval
from workbench.contracts.intervals import Interval


@given(st.integers(1, 999), st.sampled_from(["m", "h", "d", "wk", "mo"]))
def test_an_interval_reads_back_as_it_is_written(count, unit):
    read = Interval.parse(f"{count}{unit}")

    assert Interval.parse(str(read)) == read
    assert read.seconds == Interval(count, unit).seconds


def test_sixty_minutes_are_an_hour_in_one_spelling():
    assert Interval.parse("60m") == Interval.parse("1h") == Interval(1, "h")
    assert Interval.parse("90m") == Interval(90, "m")


@pytest.mark.parametrize("text", ["", "d", "0d", "1 d", "1y", "1M", "-1d", "1.5h", "1d\n", "daily"])
def test_what_is_no_interval_is_refused_with_an_example(text):
    with pytest.raises(DataError, match=r"expected a number and one of m, h, d, wk, mo, such as '1d'"):
        Interval.parse(text)


@pytest.mark.parametrize(
    ("freq", "expected"),
    [
        ("5min", "5m"),
        ("90min", "90m"),
        ("h", "1h"),
        ("4h", "4h"),
        ("D", "1d"),
        ("B", "1d"),
        ("W", "1wk"),
        ("2W", "2wk"),
        ("MS", "1mo"),
        ("ME", "1mo"),
        ("QS", "3mo"),
        ("YE", "12mo"),
    ],
)
def test_the_interval_is_read_off_the_bars(freq, expected):
    assert str(infer_interval(pd.date_range("2019-01-01", periods=40, freq=freq))) == expected


def test_gaps_do_not_change_the_interval():
    labels = pd.date_range("2020-01-01 09:30", periods=40, freq="5min")

    assert str(infer_interval(labels[[*range(10), *range(20, 40)]])) == "5m"


def test_too_few_bars_to_read_an_interval_are_refused():
    with pytest.raises(DataError, match="2 bars; at least 3"):
        infer_interval(pd.date_range("2020-01-01", periods=2))


@pytest.mark.parametrize(
    "labels",
    [
        pd.date_range("2020-01-01", periods=5, freq="7s"),
        pd.DatetimeIndex(["2020-01-01"] * 5),
        pd.date_range("2020-01-01", periods=5, freq="W")[::-1],
    ],
    ids=["seconds", "one moment", "newest first"],
)
def test_labels_without_a_length_are_refused(labels):
    with pytest.raises(DataError, match="seconds apart"):
        infer_interval(labels)


@pytest.mark.parametrize(
    ("interval", "label", "known"),
    [
        ("1d", "2020-02-28", "2020-02-29"),
        ("5m", "2020-02-28 09:30", "2020-02-28 09:35"),
        ("1wk", "2020-02-24", "2020-03-02"),
        ("1mo", "2020-02-01", "2020-03-01"),
        ("1mo", "2020-02-29", "2020-03-01"),  # labelled by the last day of the month
        ("3mo", "2020-01-01", "2020-04-01"),
    ],
)
def test_a_bar_is_known_when_it_is_complete(interval, label, known):
    moments = Interval.parse(interval).known_at(pd.DatetimeIndex([label]))

    assert moments.tolist() == [pd.Timestamp(known)]


def test_only_minutes_and_hours_are_intraday():
    assert [u for u in ("m", "h", "d", "wk", "mo") if Interval(1, u).is_intraday] == ["m", "h"]
    assert Interval(2, "h").seconds == 7200
