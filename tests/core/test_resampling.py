"""Longer bars out of shorter ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import DataError, Panel, calendar
from workbench.contracts.intervals import Interval
from workbench.data.bars import CARRIED
from workbench.data.resampling import check_resample, outside_sessions, resample_bars, resampled_labels
from workbench.data.sessions import known_by

NEW_YORK = calendar("XNYS")
LENGTHS = ["3m", "5m", "15m", "1h", "1d", "1wk"]


def bars_at(labels, interval="1m", market=None, **columns):
    """Bars whose close counts 1, 2, 3, ... and whose range is one on each side."""
    index = pd.DatetimeIndex(labels, name="time")
    close = np.arange(1.0, len(index) + 1)
    known = known_by(index, Interval.parse(interval), market)
    prices = {"open": close - 0.5, "high": close + 1, "low": close - 1, "close": close, "volume": 10.0}
    return pd.DataFrame({**prices, "known_at": known, **columns}, index=index)


def minutes(begin, n, **columns):
    return bars_at(pd.date_range(begin, periods=n, freq="min"), market=NEW_YORK, **columns)


def joined(bars, resample, market=NEW_YORK, interval="1m"):
    return resample_bars(bars, Interval.parse(interval), Interval.parse(resample), market)


def test_a_longer_bar_opens_with_the_first_and_closes_with_the_last():
    longer = joined(minutes("2024-07-02 13:30", 10), "5m")

    assert longer.to_dict("list") == {
        "open": [0.5, 5.5],
        "high": [6.0, 11.0],
        "low": [0.0, 5.0],
        "close": [5.0, 10.0],
        "volume": [50.0, 50.0],
        "known_at": [pd.Timestamp("2024-07-02 13:35"), pd.Timestamp("2024-07-02 13:40")],
    }
    assert longer.index.tolist() == [pd.Timestamp("2024-07-02 13:30"), pd.Timestamp("2024-07-02 13:35")]
    assert longer.index.name == "time"


def test_the_last_bar_is_there_only_when_it_is_finished():
    assert len(joined(minutes("2024-07-02 13:30", 9), "5m")) == 1
    assert len(joined(minutes("2024-07-02 13:30", 4), "5m")) == 0


def test_missing_minutes_invent_no_prices_and_no_bars():
    bars = minutes("2024-07-02 13:30", 20).drop(pd.date_range("2024-07-02 13:32", "2024-07-02 13:41", freq="min"))

    longer = joined(bars, "5m")

    assert longer.index.strftime("%H:%M").tolist() == ["13:30", "13:40", "13:45"]
    assert longer["close"].tolist() == [2.0, 15.0, 20.0]
    assert longer["volume"].tolist() == [20.0, 30.0, 50.0]
    assert longer["known_at"].iloc[0] == pd.Timestamp("2024-07-02 13:35")


def test_bars_are_counted_from_the_opening_and_end_with_the_session():
    longer = joined(minutes("2024-07-03 13:30", 210), "1h")  # a half day

    assert longer.index.strftime("%H:%M").tolist() == ["13:30", "14:30", "15:30", "16:30"]
    assert longer["known_at"].iloc[-1] == pd.Timestamp("2024-07-03 17:00")
    assert longer["volume"].tolist() == [600.0, 600.0, 600.0, 300.0]


def test_what_trades_before_and_after_a_session_is_not_mixed_with_it():
    longer = joined(minutes("2024-07-03 13:00", 300), "1h")

    assert longer.index.strftime("%H:%M").tolist() == ["13:00", "13:30", "14:30", "15:30", "16:30", "17:00"]
    assert longer["volume"].tolist() == [300.0, 600.0, 600.0, 600.0, 300.0, 600.0]
    Panel({"X": longer}, "1h")


def test_a_day_is_its_session_without_what_trades_before_and_after():
    bars = minutes("2024-07-03 12:00", 12 * 60)

    longer = joined(bars, "1d")

    assert longer[["open", "close", "volume"]].values.tolist() == [[90.5, 300.0, 2100.0]]
    assert longer["known_at"].tolist() == [pd.Timestamp("2024-07-03 17:00")]
    assert outside_sessions(bars, Interval.parse("1m"), Interval.parse("1d"), NEW_YORK).sum() == 12 * 60 - 210
    assert not outside_sessions(bars, Interval.parse("1m"), Interval.parse("1h"), NEW_YORK).any()


def test_trading_on_a_day_off_makes_a_day_of_its_own_but_is_no_part_of_a_week_that_is_over():
    bars = bars_at(pd.DatetimeIndex(["2024-07-03", "2024-07-04", "2024-07-05", "2024-07-06"]), "1d", NEW_YORK)
    minutes_off = minutes("2024-07-04 14:00", 24 * 60)

    assert joined(bars, "1wk", interval="1d")["volume"].tolist() == [30.0]
    assert joined(bars, "1wk", interval="1d")["known_at"].tolist() == [pd.Timestamp("2024-07-05 20:00")]
    assert joined(minutes_off, "1d")["known_at"].tolist() == [pd.Timestamp("2024-07-05 04:00")]


def test_without_a_calendar_bars_are_counted_from_midnight_in_utc():
    bars = bars_at(pd.date_range("2024-07-02 13:30", periods=120, freq="min"))

    longer = joined(bars, "1h", None)

    assert longer.index.strftime("%H:%M").tolist() == ["13:00", "14:00"]
    assert longer["volume"].tolist() == [300.0, 600.0]


def test_a_day_is_the_session_even_if_it_crosses_midnight_in_utc():
    sydney = calendar("XASX")
    bars = bars_at(pd.date_range("2024-01-08 23:00", "2024-01-09 04:59", freq="min"), market=sydney)

    longer = joined(bars, "1d", sydney)

    assert longer.index.tolist() == [pd.Timestamp("2024-01-09")]
    assert longer["known_at"].tolist() == [pd.Timestamp("2024-01-09 05:00")]
    assert len(joined(bars, "1d", None)) == 1  # of the evening alone: in UTC it is another date
    assert joined(bars, "1d", None)["volume"].tolist() == [600.0]


def test_a_week_is_known_at_the_close_of_its_last_session():
    sessions = NEW_YORK.sessions(pd.Timestamp("2024-06-24"), pd.Timestamp("2024-07-12"))
    bars = bars_at(sessions, "1d", NEW_YORK)

    longer = joined(bars, "1wk", interval="1d")

    assert longer.index.strftime("%m-%d").tolist() == ["06-24", "07-01", "07-08"]
    assert longer["known_at"].dt.strftime("%m-%d %H:%M").tolist() == ["06-28 20:00", "07-05 20:00", "07-12 20:00"]
    assert longer["volume"].tolist() == [50.0, 40.0, 50.0]


def test_the_sunday_evening_of_currencies_is_part_of_monday():
    week = bars_at(pd.date_range("2024-07-07 21:00", "2024-07-09 23:00", freq="h"), "1h", calendar("24/5"))

    longer = joined(week, "1d", calendar("24/5"), "1h")

    assert longer.index.strftime("%a").tolist() == ["Mon", "Tue"]
    assert longer["volume"].tolist() == [270.0, 240.0]


def test_the_short_daily_bar_of_sunday_begins_the_week_of_monday():
    days = pd.date_range("2024-07-01", "2024-07-12")
    days = days[days.day_of_week != 5]

    longer = joined(bars_at(days, "1d", calendar("24/5")), "1wk", calendar("24/5"), "1d")

    assert longer.index.strftime("%m-%d").tolist() == ["07-01", "07-08"]
    assert longer["volume"].tolist() == [50.0, 60.0]
    assert longer["known_at"].tolist() == [pd.Timestamp("2024-07-06"), pd.Timestamp("2024-07-13")]


def test_an_unknown_volume_stays_unknown_and_a_known_one_is_summed():
    volume = [np.nan] * 5 + [np.nan, 1.0, 2.0, np.nan, 3.0]

    assert joined(minutes("2024-07-02 13:30", 10, volume=volume), "5m")["volume"].tolist()[1:] == [6.0]
    assert np.isnan(joined(minutes("2024-07-02 13:30", 10, volume=volume), "5m")["volume"].iloc[0])


def test_further_columns_keep_their_last_value_and_payments_are_summed():
    columns = {
        "note": list("abcde"),
        "dividend": [0.0, 0.1, 0.0, 0.2, 0.0],
        "split_factor": [1.0, 2.0, 1.0, 2.0, 1.0],
        "adj_close": [1.0, 2.0, 3.0, 4.0, 5.0],
    }

    longer = joined(minutes("2024-07-02 13:30", 5, **columns), "5m")

    assert longer[["note", "split_factor", "adj_close"]].iloc[0].tolist() == ["e", 4.0, 5.0]
    assert longer["dividend"].iloc[0] == pytest.approx(0.3)


def test_a_price_that_was_carried_forward_makes_no_high_and_no_low():
    bars = minutes("2024-07-02 13:30", 10, **{CARRIED: [True, True, *[False] * 3, *[True] * 5]})
    bars.loc[bars.index[:2], ["open", "high", "low", "close"]] = 99.0

    longer = joined(bars, "5m")

    assert longer["high"].tolist() == [6.0, 11.0]
    assert longer["open"].iloc[0] == 2.5
    assert longer[CARRIED].tolist() == [False, True]


def test_a_bar_that_its_source_knew_late_is_known_no_earlier_when_joined():
    bars = minutes("2024-07-02 13:30", 10)
    bars["known_at"] += pd.Timedelta(seconds=20)

    assert joined(bars, "5m")["known_at"].dt.second.tolist() == [20, 20]


@pytest.mark.parametrize(
    ("interval", "resample", "said"),
    [
        ("5m", "5m", "can only be made longer"),
        ("1h", "30m", "can only be made longer"),
        ("15m", "20m", "no multiple of `interval`, '15m'; bars cannot be split. Ask for '30m', '45m', '1h' and so on"),
        ("1wk", "1d", "can only be made longer"),
    ],
)
def test_a_length_that_cannot_be_made_is_refused(interval, resample, said):
    with pytest.raises(DataError, match=said):
        check_resample(Interval.parse(interval), Interval.parse(resample))


@st.composite
def traded_minutes(draw):
    """Some minutes of two weeks with a half day and a holiday, within and outside of sessions, each with prices."""
    n = draw(st.integers(1, 80))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    gaps = rng.choice([1, 1, 1, 1, 2, 7, 240, 900], size=n)
    index = pd.DatetimeIndex(
        pd.Timestamp("2024-06-28 12:00") + pd.to_timedelta(np.cumsum(gaps), unit="min"), name="time"
    )
    close = rng.uniform(1, 9, n)
    market = draw(st.sampled_from([None, NEW_YORK, calendar("24/5"), calendar("XTKS")]))
    bars = bars_at(index, "1m", market, open=close, high=close + 1, low=close - 1, close=close)
    return bars.assign(volume=rng.integers(0, 9, n).astype(float)), market


@settings(deadline=None, max_examples=40)
@given(traded_minutes(), st.sampled_from(LENGTHS), st.data())
def test_a_series_cut_short_has_the_same_finished_bars(minutes_and_market, resample, data):
    bars, market = minutes_and_market
    n = data.draw(st.integers(1, len(bars)))
    moment = bars["known_at"].iloc[n - 1]

    whole, short = joined(bars, resample, market), joined(bars[:n], resample, market)

    assert short.equals(whole[: len(short)])
    assert (short["known_at"] <= moment).all()
    assert (whole["known_at"].iloc[len(short) :] >= moment).all() or len(whole) == len(short)


@settings(deadline=None, max_examples=40)
@given(traded_minutes(), st.sampled_from(LENGTHS))
def test_joining_keeps_the_volume_and_the_range(minutes_and_market, resample):
    bars, market = minutes_and_market

    longer = joined(bars, resample, market)
    inside = bars[~outside_sessions(bars, Interval.parse("1m"), Interval.parse(resample), market)]
    used = inside[inside["known_at"] <= longer["known_at"].max()] if len(longer) else bars[:0]

    assert longer["volume"].sum() == used["volume"].sum()
    if len(longer):
        assert (longer["high"].max(), longer["low"].min()) == (used["high"].max(), used["low"].min())
        assert (longer["open"].iloc[0], longer["close"].iloc[-1]) == (used["open"].iloc[0], used["close"].iloc[-1])
        Panel({"X": longer}, resample)


@settings(deadline=None, max_examples=40)
@given(traded_minutes(), st.sampled_from(LENGTHS))
def test_labels_can_be_told_without_the_bars(minutes_and_market, resample):
    bars, market = minutes_and_market

    inside = bars[~outside_sessions(bars, Interval.parse("1m"), Interval.parse(resample), market)]
    labels = resampled_labels(inside.index, Interval.parse("1m"), Interval.parse(resample), market)
    longer = joined(bars, resample, market)

    assert labels[: len(longer)].tolist() == longer.index.tolist()
    assert len(labels) - len(longer) in (0, 1)


@settings(deadline=None, max_examples=40)
@given(traded_minutes())
def test_joining_twice_is_joining_once(minutes_and_market):
    bars, market = minutes_and_market
    fives = joined(bars, "5m", market)

    twice, once = joined(fives, "15m", market, "5m"), joined(bars, "15m", market)

    n = min(len(twice), len(once))
    assert twice[:n].equals(once[:n])
    assert abs(len(once) - len(twice)) <= 1
