from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from workbench import DataError, Repair, with_repairs
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import Panel
from workbench.data.bars import apply_adjust, apply_missing, cut, read_labels, tidy_bars

DAY, HOUR = Interval.parse("1d"), Interval.parse("1h")


def raw_bars(n_bars: int = 4, **columns) -> pd.DataFrame:
    close = np.arange(10.0, 10.0 + n_bars)
    standard = {"Open": close - 0.5, "High": close + 1, "Low": close - 1, "Close": close, "Volume": close * 100}
    return pd.DataFrame({"Date": pd.date_range("2020-01-01", periods=n_bars), **standard, **columns})


def tidy(n_bars: int = 4, **columns) -> pd.DataFrame:
    return tidied(raw_bars(n_bars, **columns))


def tidied(raw: pd.DataFrame, interval: Interval = DAY) -> pd.DataFrame:
    bars, _ = tidy_bars(raw, "X", interval)
    return bars


# --- one form for every source


def test_bars_have_the_columns_and_index_that_a_panel_asks_for():
    bars = tidy()

    assert list(bars.columns) == ["open", "high", "low", "close", "volume", "known_at"]
    assert bars.index.name == "time"
    assert (bars.dtypes[:5] == "float64").all()
    assert bars["known_at"].tolist() == (bars.index + pd.Timedelta(days=1)).tolist()
    assert Panel({"X": bars})["X"] is bars


def test_what_the_source_gave_is_left_as_it_was():
    raw = raw_bars()
    before = raw.copy(deep=True)

    tidy_bars(raw, "X", DAY)

    assert_frame_equal(raw, before)


@pytest.mark.parametrize(
    ("spelling", "tidied"),
    [("Adj Close", "adj_close"), ("adjClose", "adj_close"), ("splitFactor", "split_factor"), ("NOTE", "note")],
)
def test_extra_columns_are_kept_in_snake_case(spelling, tidied):
    bars = tidy(**{spelling: [1.0, 2.0, 3.0, 4.0]})

    assert bars[tidied].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_rows_are_put_oldest_first():
    newest_first = raw_bars()[::-1]

    assert_frame_equal(tidied(newest_first), tidy())


def test_dates_may_be_the_index_or_a_column_of_any_usual_name():
    raw = raw_bars()

    for same in (
        raw.set_index("Date"),
        raw.rename(columns={"Date": "timestamp"}),
        raw.rename(columns={"Date": "TIME"}),
    ):
        assert_frame_equal(tidied(same), tidy())


def test_iso_text_is_read_as_dates():
    raw = raw_bars().assign(Date=["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"])

    assert_frame_equal(tidied(raw), tidy())


@pytest.mark.parametrize("offset", ["+00:00", "-05:00", "+0530", "Z"])
def test_a_daily_bar_with_a_zone_keeps_its_date_in_that_zone(offset):
    raw = raw_bars().assign(Date=[f"2020-01-0{day} 00:00:00{offset}" for day in range(1, 5)])

    assert_frame_equal(tidied(raw), tidy())


def test_daily_stamps_whose_offset_changes_with_summer_time_keep_their_dates():
    raw = raw_bars(2).assign(Date=["2020-03-06T00:00:00-05:00", "2020-03-09T00:00:00-04:00"])

    bars = tidied(raw)

    assert bars.index.strftime("%Y-%m-%d").tolist() == ["2020-03-06", "2020-03-09"]


def test_intraday_stamps_with_a_zone_become_utc():
    index = pd.date_range("2020-03-02 09:30", periods=4, freq="h", tz="America/New_York")
    raw = raw_bars().drop(columns="Date").set_axis(index)

    bars = tidied(raw, HOUR)

    assert bars.index[0] == pd.Timestamp("2020-03-02 14:30")
    assert bars["known_at"].iloc[0] == pd.Timestamp("2020-03-02 15:30")
    assert bars.index.tz is None


def test_known_at_of_the_source_is_used_and_brought_to_utc():
    known = pd.date_range("2020-01-01 16:00", periods=4, tz="America/New_York")

    bars = tidy(known_at=known)

    assert bars["known_at"].iloc[0] == pd.Timestamp("2020-01-01 21:00")


def test_a_price_alone_stands_for_all_four_and_that_is_a_repair():
    raw = pd.DataFrame({"Date": ["1987-05-20", "1987-05-21"], "Price": [18.63, 18.45]})

    bars, repairs = tidy_bars(raw, "brent", DAY)

    assert [(repair.kind, repair.rows) for repair in repairs] == [("close_only", 2)]
    assert "closes only" in repairs[0].detail
    assert bars[["open", "high", "low", "close"]].nunique(axis=1).eq(1).all()
    assert bars["volume"].isna().all()


def test_rows_without_a_price_are_kept_for_the_missing_policy():
    bars = tidy(Close=[10.0, None, 12.0, 13.0])

    assert bars["close"].isna().tolist() == [False, True, False, False]


def test_identical_rows_are_kept_once_and_that_is_a_repair():
    raw = pd.concat([raw_bars(), raw_bars()[1:3]]).sort_values("Date")

    bars, repairs = tidy_bars(raw, "X", DAY)

    assert [(r.kind, r.rows, r.at) for r in repairs] == [("duplicates", 2, ("2020-01-02", "2020-01-03"))]
    assert_frame_equal(bars, tidy())


def test_rows_out_of_order_are_named():
    _, turned = tidy_bars(raw_bars()[::-1], "X", DAY)
    _, moved = tidy_bars(raw_bars().iloc[[0, 3, 1, 2]], "X", DAY)

    assert [(r.kind, r.rows) for r in turned] == [("newest_first", 4)]
    assert [(r.kind, r.rows, r.at) for r in moved] == [("out_of_order", 2, ("2020-01-02", "2020-01-03"))]


def test_bars_that_are_as_they_should_be_need_no_repair():
    assert tidy_bars(raw_bars(), "X", DAY)[1] == ()


def test_repairs_of_the_source_come_first_and_are_not_carried_on():
    raw = with_repairs(raw_bars()[::-1], [Repair("thousands", "Commas were left out.", 4)])

    bars, repairs = tidy_bars(raw, "X", DAY)

    assert [repair.kind for repair in repairs] == ["thousands", "newest_first"]
    assert bars.attrs == {}


def test_a_strict_source_has_repairs_refused_wherever_they_are_needed():
    tidy_bars(with_repairs(raw_bars(), [], strict=True), "X", DAY)

    with pytest.raises(DataError, match=r"`strict` allows no repairs.*Commas were left out\..*leave out `strict`"):
        with_repairs(raw_bars(), [Repair("thousands", "Commas were left out.", 4)], strict=True)
    with pytest.raises(DataError, match=r"'X': `strict` allows no repairs.*The newest row came first"):
        tidy_bars(with_repairs(raw_bars()[::-1], [], strict=True), "X", DAY)


def test_two_different_rows_for_one_day_are_refused_with_dates_and_count():
    raw = pd.concat([raw_bars(), raw_bars()[1:3].assign(Close=1.0)])

    with pytest.raises(DataError, match=r"different rows for one time, 2 times: 2020-01-02.*2020-01-03"):
        tidy_bars(raw, "X", DAY)


def test_text_among_the_numbers_is_named_with_column_value_and_row():
    with pytest.raises(DataError, match=r"'high' of 'X' has 'n/a' in row 3.*2 such rows"):
        tidy(High=["1", "2", "n/a", "?"])


def test_numbers_written_as_text_are_read():
    assert tidy(High=["11", "12.0", "1.3e1", "14"])["high"].tolist() == [11.0, 12.0, 13.0, 14.0]


def test_infinite_prices_are_refused():
    with pytest.raises(DataError, match="'low' of 'X' has 'inf' in row 2"):
        tidy(Low=[1.0, np.inf, 1.0, 1.0])


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (raw_bars().drop(columns="Date"), "have no dates.*called date"),
        (raw_bars().drop(columns="Close"), "lack close; the columns are open, high, low, volume"),
        (raw_bars().drop(columns="High"), "lack high"),
        (raw_bars()[:0], "there are no bars"),
        (raw_bars().assign(close=1.0), "more than one column called close"),
        (raw_bars().assign(Date=["2020-01-01", None, "2020-01-03", None]), "no date in 2 rows, the first is row 2"),
        (raw_bars().assign(Date=["31-12-2020"] * 4), "'31-12-2020', which is no ISO date.*date_format"),
        (pd.concat({"AAPL": raw_bars()}, axis=1), "2 levels"),
    ],
    ids=["no dates", "no close", "no high", "empty", "twice", "missing date", "not ISO", "nested"],
)
def test_what_is_no_series_of_bars_is_refused_with_a_sentence(raw, message):
    with pytest.raises(DataError, match=message):
        tidy_bars(raw, "X", DAY)


@pytest.mark.parametrize(("step", "claimed"), [("1D", "1h"), ("1h", "1d"), ("1D", "1wk"), ("1min", "1h")])
def test_bars_of_another_length_than_claimed_are_refused(step, claimed):
    raw = raw_bars(30).assign(Date=pd.date_range("2020-01-01", periods=30, freq=step))

    with pytest.raises(DataError, match=f"`interval` is '{claimed}'.*Set `interval = "):
        tidy_bars(raw, "X", Interval.parse(claimed))


@pytest.mark.parametrize("step", ["B", "D"])
def test_daily_bars_are_daily_with_and_without_weekends(step):
    raw = raw_bars(30).assign(Date=pd.date_range("2020-01-01", periods=30, freq=step))

    assert len(tidied(raw)) == 30


def test_labels_can_be_read_before_the_interval_is_known():
    dates = raw_bars()[::-1].assign(Date=lambda f: f["Date"].dt.tz_localize("Asia/Tokyo"))
    stamps = pd.DataFrame({"time": ["2020-01-01T10:00:00+01:00", "2020-01-01T11:00:00+01:00"], "close": [1, 2]})

    assert read_labels(dates).tolist() == pd.date_range("2020-01-01", periods=4).tolist()
    assert read_labels(stamps).tolist() == [pd.Timestamp("2020-01-01 09:00"), pd.Timestamp("2020-01-01 10:00")]


@given(st.permutations(range(12)))
def test_the_order_of_the_rows_never_matters(order):
    raw = raw_bars(12)

    assert_frame_equal(tidied(raw.iloc[order]), tidy(12))


# --- which part


@pytest.mark.parametrize(
    ("start", "end", "tail", "days"),
    [
        (None, None, None, [1, 2, 3, 4]),
        ("2020-01-02", "2020-01-03", None, [2, 3]),
        ("2020-01-02", None, 2, [3, 4]),
        (None, "2020-01-03", 9, [1, 2, 3]),
        ("2021-01-01", None, None, []),
    ],
)
def test_both_dates_of_a_cut_are_inclusive_and_the_tail_counts_from_the_end(start, end, tail, days):
    assert cut(tidy(), start, end, tail).index.day.tolist() == days


def test_the_end_of_a_cut_includes_the_whole_session_of_intraday_bars():
    raw = raw_bars(30).assign(Date=pd.date_range("2020-01-01", periods=30, freq="h"))

    part = cut(tidied(raw, HOUR), None, "2020-01-01", None)

    assert len(part) == 24


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [("01/02/2020", None, "`start` is '01/02/2020'; expected an ISO date"), ("2021-01-01", "2020-01-01", "after")],
)
def test_dates_that_make_no_sense_are_refused(start, end, message):
    with pytest.raises(DataError, match=message):
        cut(tidy(), start, end, None)


# --- missing prices


def gappy() -> pd.DataFrame:
    gap = [np.nan, 10.0, np.nan, 12.0]
    return tidy(Open=gap, High=gap, Low=gap, Close=gap, Volume=gap)


def test_missing_prices_are_an_error_that_counts_and_names_the_other_policies():
    with pytest.raises(DataError, match=r"'X' lacks a price in 2 of 4 bars.*first on 2020-01-01.*'drop'.*'ffill'"):
        apply_missing(gappy(), "error", "X")


def test_rows_with_any_missing_price_can_be_dropped():
    bars, n_affected = apply_missing(tidy(Open=[1.0, None, 3.0, 4.0]), "drop", "X")

    assert n_affected == 1
    assert bars.index.day.tolist() == [1, 3, 4]


def test_filling_carries_the_close_into_a_flat_bar_and_never_looks_back():
    bars, n_affected = apply_missing(gappy(), "ffill", "X")

    assert n_affected == 2
    assert bars.index.day.tolist() == [2, 3, 4]
    assert bars.loc["2020-01-03", ["open", "high", "low", "close", "volume"]].tolist() == [10, 10, 10, 10, 0]


def test_filling_a_missing_open_keeps_the_bar_consistent():
    bars, _ = apply_missing(
        tidy(Open=[9.0, None, 3.0, 4.0], High=[11.0, None, 9.0, 9.0], Low=[8.0, None, 1.0, 1.0]), "ffill", "X"
    )

    # Not the close before, 10: a signal decided at that close would fill at the very price it was computed from.
    assert bars.iloc[1][["open", "high", "low", "close"]].tolist() == [11.0, 11.0, 11.0, 11.0]


def test_carried_bars_are_marked():
    bars, _ = apply_missing(gappy(), "ffill", "X")

    assert bars["is_carried"].tolist() == [False, True, False]


@pytest.mark.parametrize("policy", ["error", "drop", "ffill"])
def test_complete_bars_pass_every_policy_as_they_are(policy):
    bars = tidy()

    kept, n_affected = apply_missing(bars, policy, "X")

    assert kept is bars
    assert n_affected == 0


@given(st.lists(st.one_of(st.none(), st.floats(1, 100)), min_size=1, max_size=20), st.integers(1, 19))
def test_filling_a_bar_never_depends_on_later_bars(closes, n_kept):
    bars = tidy(len(closes), Close=pd.array(closes, dtype="Float64"))

    whole, _ = apply_missing(bars, "ffill", "X")
    part, _ = apply_missing(bars[:n_kept], "ffill", "X")

    columns = ["open", "high", "low", "close"]
    assert_frame_equal(part[columns], whole[columns].loc[: bars.index[:n_kept][-1]])


# --- splits and dividends


def test_prices_before_a_split_are_divided_and_volumes_multiplied():
    bars = tidy(Close=[100.0, 104.0, 26.0, 27.0], splitFactor=[1.0, 1.0, 4.0, 1.0])

    adjusted = apply_adjust(bars, "splits")

    assert adjusted["close"].tolist() == [25.0, 26.0, 26.0, 27.0]
    assert adjusted["volume"].tolist() == (bars["volume"] * [4, 4, 1, 1]).tolist()
    assert adjusted["open"].iloc[0] == bars["open"].iloc[0] / 4


def test_all_adjusts_every_price_so_that_the_close_is_the_adjusted_one():
    bars = tidy(**{"Adj Close": [5.0, 11.0, 6.0, 13.0]})

    adjusted = apply_adjust(bars, "all")

    np.testing.assert_allclose(adjusted["close"], [5.0, 11.0, 6.0, 13.0])
    np.testing.assert_allclose(adjusted["high"] / adjusted["close"], bars["high"] / bars["close"])
    assert adjusted["volume"].equals(bars["volume"])


def test_none_leaves_bars_as_they_are_even_with_splits():
    bars = tidy(splitFactor=[1.0, 4.0, 1.0, 1.0])

    assert apply_adjust(bars, "none") is bars


def test_a_bar_filled_forward_is_adjusted_like_the_bar_before():
    bars = tidy(Close=[10.0, None, 12.0, 13.0], **{"Adj Close": [5.0, None, 12.0, 13.0]})

    adjusted = apply_adjust(apply_missing(bars, "ffill", "X")[0], "all")

    assert adjusted["close"].tolist() == [5.0, 5.0, 12.0, 13.0]


@pytest.mark.parametrize(
    ("policy", "columns", "message"),
    [
        ("splits", {}, "needs a column `split_factor`.*open, high"),
        ("all", {}, "needs a column `adj_close`"),
        ("splits", {"split_factor": [1.0, 0.0, 1.0, 1.0]}, "holds 0"),
        ("all", {"adj_close": [None, 1.0, 1.0, 1.0]}, "missing or nought on 2020-01-01"),
    ],
)
def test_adjusting_without_what_it_takes_is_refused(policy, columns, message):
    with pytest.raises(DataError, match=message):
        apply_adjust(tidy(**columns), policy)


# Days written in a zone they do not begin in


def days_in_utc(zone, first="2021-03-01", n=60, freq="B", time="00:00"):
    """Bars of days that begin in a zone, stamped in UTC."""
    local = pd.date_range(f"{first} {time}", periods=n, freq=freq, tz=zone)
    close = np.linspace(100.0, 110.0, n)
    return pd.DataFrame({"open": close, "high": close, "low": close, "close": close}, index=local.tz_convert("UTC"))


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Europe/Berlin", "22:00 or 23:00"),
        ("Europe/London", "23:00"),
        ("Asia/Tokyo", "15:00"),
        ("Asia/Kolkata", "18:30"),
    ],
)
def test_days_that_begin_east_of_utc_are_refused_in_utc_and_read_right_in_their_zone(zone, hours):
    raw = days_in_utc(zone, n=120)

    with pytest.raises(DataError, match=f"stamped {hours}, which is midnight further east.*timezone={zone}"):
        tidy_bars(raw, "X", Interval.parse("1d"))

    bars, _ = tidy_bars(raw.tz_convert(zone), "X", Interval.parse("1d"))
    assert bars.index[0] == pd.Timestamp("2021-03-01")
    assert bars["known_at"].iloc[0] == pd.Timestamp("2021-03-02")


@pytest.mark.parametrize(("interval", "freq", "first"), [("1wk", "W-MON", "2021-03-01"), ("1mo", "MS", "2021-03-01")])
def test_weeks_and_months_that_begin_east_of_utc_are_refused_too(interval, freq, first):
    raw = days_in_utc("Europe/Berlin", first=first, freq=freq, n=40)

    with pytest.raises(DataError, match="midnight further east"):
        tidy_bars(raw, "X", Interval.parse(interval))


@pytest.mark.parametrize(
    ("zone", "time", "stay"),
    [
        ("America/New_York", "16:00", False),  # the close, in UTC
        ("America/New_York", "00:00", False),  # midnight west of UTC is on the same date
        ("Asia/Tokyo", "15:00", False),
        ("Asia/Riyadh", "15:00", True),
    ],
)
def test_closes_of_the_same_date_are_left_alone(zone, time, stay):
    freq = pd.offsets.CustomBusinessDay(weekmask="Sun Mon Tue Wed Thu") if zone == "Asia/Riyadh" else "B"
    raw = days_in_utc(zone, time=time, freq=freq)

    bars, _ = tidy_bars(raw.tz_convert(zone) if stay else raw, "X", Interval.parse("1d"))

    assert bars.index[0].date().isoformat() == raw.index[0].date().isoformat()
