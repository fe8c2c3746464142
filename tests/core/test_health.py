"""What is found wrong with a series: one small series for each kind of problem, and none for a clean one."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import DataError, Repair
from workbench.contracts.intervals import Interval
from workbench.data.bars import apply_adjust, tidy_bars
from workbench.data.calendars import calendar
from workbench.data.health import KINDS, Treatment, check_bars, refused_series
from workbench.data.periods import periods_per_year

STEPS = np.cumsum(np.resize([1, 2, 3, 1, 4], 90))
NOW = pd.Timestamp("2024-05-31 12:00")
SATURDAYS = pd.date_range("2023-01-07", periods=60, freq="7D")
HOLIDAYS = pd.to_datetime(["2023-01-16", "2023-02-20", "2023-04-07", "2023-05-29", "2023-06-19", "2023-07-04"])


def walk(index, *, seed=1, step=0.01):
    """Bars of a random walk at the times of `index`, with a range around open and close."""
    rng = np.random.default_rng(seed)
    n = len(index)
    close = 100 * np.exp(np.cumsum(rng.normal(0, step, n)))
    open_ = close * np.exp(rng.normal(0, step / 4, n))
    return pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, step / 4, n))),
            "low": np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, step / 4, n))),
            "close": close,
            "volume": rng.integers(800, 1_200, n).astype(float),
        },
        index=index,
    )


def weekdays(n=160):
    """Weekdays from 2023-01-02 on, but for the holidays of New York."""
    return pd.bdate_range("2023-01-02", periods=n).difference(HOLIDAYS)


def minutes(days, start="14:30", n=60, step="1min"):
    return pd.DatetimeIndex(
        np.concatenate([pd.date_range(f"{day.date()} {start}", periods=n, freq=step) for day in days])
    )


def tidy(raw, interval="1d"):
    return tidy_bars(raw, "X", Interval.parse(interval))[0]


def sheet(raw, interval="1d", **options):
    bars = tidy(raw, interval)
    return check_bars(bars, "X", interval, **{"raw": raw, "now": NOW, **options})


def found(raw, kind, interval="1d", **options):
    """Return the one problem of a kind; fail where there is none."""
    problems = {item.kind: item for item in sheet(raw, interval, **options).problems}
    assert kind in problems, f"{kind!r} is not among {sorted(problems)}"
    return problems[kind]


def kinds(raw, interval="1d", **options):
    return [item.kind for item in sheet(raw, interval, **options).problems]


def changed(column, rows, value, index=None):
    """Bars of a random walk with some cells changed."""
    bars = walk(weekdays() if index is None else index)
    bars.iloc[rows, [bars.columns.get_loc(name) for name in column.split()]] = value
    return bars


def split_at(row, factor, *, volume=True, settle=1.0):
    """Bars whose prices fall to one part in `factor` from `row` on, as at a split; `settle` moves the price besides."""
    bars = walk(weekdays())
    bars.loc[bars.index[row] :, ["open", "high", "low", "close"]] *= settle / factor
    if volume:
        bars.loc[bars.index[row] :, "volume"] *= factor
    return bars


CHANGED_CELLS = [
    ("missing_rows", "open high low close", [3, 4], np.nan, 2, ("2023-01-05", "2023-01-06")),
    ("partial_rows", "open high low", [7], np.nan, 1, ("2023-01-11",)),
    ("not_positive", "open high low", [7, 8], 0.0, 2, ("2023-01-11", "2023-01-12")),
    ("not_positive", "low", [7], -0.5, 1, ("2023-01-11",)),
    ("broken_range", "high", [5], 1.0, 1, ("2023-01-09",)),
    ("broken_range", "low", [5, 6, 9], 1e4, 3, ("2023-01-09", "2023-01-10", "2023-01-13")),
    ("spike", "close", [50], 150.0, 1, ("2023-03-15",)),
    ("spike", "low", [50], 10.0, 1, ("2023-03-15",)),
    ("stale", "open high low close", slice(20, 26), (100.0, 101.0, 99.0, 100.5), 6, ("2023-01-31",)),
    ("stale", "open high low close", slice(20, 25), 100.0, 5, ("2023-01-31",)),
    ("zero_volume_run", "volume", slice(30, 37), 0.0, 7, ("2023-02-14",)),
    ("some_volume", "volume", [30, 40], 0.0, 2, ("2023-02-14", "2023-03-01")),
    ("some_volume", "volume", [30], np.nan, 1, ("2023-02-14",)),
]


@pytest.mark.parametrize(("kind", "columns", "rows", "value", "n", "at"), CHANGED_CELLS)
def test_cells_that_are_wrong_are_found_counted_and_named(kind, columns, rows, value, n, at):
    problem = found(changed(columns, rows, value), kind)

    assert problem.rows == n
    assert problem.at[: len(at)] == at
    assert problem.severity == KINDS[kind].severity


def dated(dates):
    return walk(pd.DatetimeIndex(dates))


WHOLE_SERIES = [
    ("too_short", lambda: walk(weekdays(20)), "1d", "14 bars|1[0-9] bars"),
    ("constant", lambda: walk(weekdays()) * 0 + 100.0, "1d", "Every close is 100"),
    ("no_volume", lambda: walk(weekdays()).drop(columns="volume"), "1d", "has no volume"),
    ("no_volume", lambda: walk(weekdays()).assign(volume=0.0), "1d", "zero or none in every bar"),
    ("future", lambda: walk(pd.bdate_range("2024-01-01", periods=200)), "1d", "dated after now"),
    ("unfinished", lambda: walk(minutes(pd.bdate_range("2024-05-27", "2024-05-31"), "10:30", 91)), "1m", "1 bar not"),
    ("long_gap", lambda: walk(weekdays().delete(range(60, 68))), "1d", "1 gap of 6 weekdays or more, the longest of 9"),
    ("missing_weekdays", lambda: walk(weekdays().delete(range(3, 150, 7))), "1d", "more than holidays explain"),
    ("missing_sessions", lambda: walk(pd.bdate_range("2023-01-02", periods=300).delete([99])), "1d", "2023-05-19"),
    ("missing_sessions", lambda: walk(pd.date_range("2023-01-02", periods=90).delete([9])), "1d", "2023-01-11"),
    ("off_session", lambda: walk(weekdays().union([pd.Timestamp("2023-03-11")])), "1d", "1 bar on days .* 2023-03-11"),
    (
        "sunday_bars",
        lambda: walk(pd.date_range("2023-01-01", periods=364, freq="D").difference(SATURDAYS)),
        "1d",
        "52 bars",
    ),
    ("missing_bars", lambda: walk(minutes(weekdays(30)).delete([100, 101])), "1m", "2 bars missing inside days, in 1"),
    (
        "missing_bars",
        lambda: walk(pd.date_range("2020-01-06", periods=60, freq="7D").delete(30)),
        "1wk",
        "1 bars of 1wk",
    ),
    ("short_sessions", lambda: walk(minutes(weekdays(30)).delete(range(70, 120))), "1m", "1 day with less than half"),
    ("irregular", lambda: walk(pd.Timestamp("2023-01-02") + pd.to_timedelta(STEPS, "D")), "1d", "Only 39% of the bars"),
]


@pytest.mark.parametrize(("kind", "make", "interval", "words"), WHOLE_SERIES, ids=lambda v: v if type(v) is str else "")
def test_what_is_wrong_with_a_whole_series_is_found_and_said(kind, make, interval, words):
    problem = found(make(), kind, interval)

    pd.testing.assert_series_equal(pd.Series([problem.detail]).str.contains(words), pd.Series([True]))
    assert problem.advice


def test_bars_of_another_interval_than_stated_are_an_error():
    bars = tidy(walk(weekdays()))

    problems = {item.kind: item for item in check_bars(bars, "X", "1h", now=NOW).problems}

    assert problems["other_interval"].advice == 'Set `interval = "1d"` (`--interval 1d`).'


# Prices that are no prices, or in another unit


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "close zero in 1 bar"), (-2.5, "close zero or negative, down to -2.5")]
)
def test_a_close_that_has_no_log_return_is_an_error(value, words):
    problem = found(changed("close", [50], value), "close_not_positive")

    assert (problem.severity, problem.rows, problem.at) == ("error", 1, ("2023-03-15",))
    assert words in problem.detail
    assert 'target = "price"' in problem.advice
    assert "set `missing`" in problem.advice


def test_prices_around_nought_have_neither_splits_nor_units():
    close = np.resize([2.06, -0.51, 0.99, 0.02, 0.5, 0.005, 5.0], 160)[: len(weekdays())]
    bars = pd.DataFrame({"open": close, "high": close, "low": close, "close": close}, index=weekdays())

    assert set(kinds(bars)) & {"split", "unit_jump"} == set()


@pytest.mark.parametrize("factor", [100, 1000, 1e-3, 1e-2])
@pytest.mark.parametrize(("rows", "n"), [([40], 1), ([40, 41, 70], 3), (slice(100, None), None), ([0, 1], 2)])
def test_prices_in_another_unit_are_an_error_and_no_move(factor, rows, n):
    bars = walk(weekdays())
    bars.iloc[rows, :4] *= factor

    problem = found(bars, "unit_jump")

    assert problem.severity == "error"
    assert problem.rows == (len(bars) - 100 if n is None else n)
    assert f"near a factor of {'100' if factor in (100, 1e-2) else '1,000'}" in problem.detail
    assert set(kinds(bars)) & {"split", "spike", "large_move"} == set()


def test_a_split_of_a_hundred_that_is_declared_is_one():
    bars = split_at(60, 0.01).assign(split_factor=1.0)
    bars.iloc[60, bars.columns.get_loc("split_factor")] = 0.01

    assert "set `adjust='splits'`" in found(bars, "split").advice
    assert "unit_jump" not in kinds(bars)


def test_high_and_low_exchanged_in_nearly_all_bars_are_said_to_be():
    bars = walk(weekdays())
    bars.iloc[3:, [1, 2]] = bars.iloc[3:, [2, 1]].to_numpy()

    problem = found(bars, "swapped_range")

    assert (problem.severity, problem.rows) == ("error", len(bars) - 3)
    assert "look exchanged" in problem.detail
    assert "broken_range" not in kinds(bars)


# Splits and crashes


@pytest.mark.parametrize(
    ("factor", "name"), [(2, "2:1"), (3, "3:1"), (4, "4:1"), (7, "7:1"), (20, "20:1"), (1.5, "3:2"), (0.1, "1:10")]
)
def test_a_jump_near_a_usual_ratio_is_taken_for_a_split(factor, name):
    problem = found(split_at(60, factor, settle=1.005), "split")

    assert problem.at == ("2023-03-29",)
    assert f"unadjusted {name} split on 2023-03-29" in problem.detail
    assert "add a column `split_factor`" in problem.advice


@pytest.mark.parametrize("factor", [4, 0.1])
def test_a_split_is_found_without_volume_and_with_volume_that_was_adjusted(factor):
    bars = split_at(60, factor, volume=False)

    assert found(bars, "split").rows == 1
    assert found(bars.drop(columns="volume"), "split").rows == 1


def test_a_split_that_the_data_declare_is_adjusted_for_as_the_advice_says():
    raw = split_at(60, 4).assign(split_factor=1.0)
    raw.iloc[60, -1] = 4.0
    bars = tidy(raw)

    before = check_bars(bars, "X", "1d", now=NOW)
    after = check_bars(apply_adjust(bars, "splits"), "X", "1d", now=NOW, treatment=Treatment(adjust="splits"))

    assert not before.usable
    assert "set `adjust='splits'`" in before.problems[0].advice
    assert after.usable
    assert after.problems == ()


def test_where_the_adjusted_close_does_not_jump_the_advice_is_to_use_it():
    raw = split_at(60, 2)
    raw["adj_close"] = raw["close"] / np.where(np.arange(len(raw)) < 60, 2, 1)

    assert "adjust='all'" in found(raw, "split").advice


def test_a_split_declared_in_prices_that_are_adjusted_already_is_a_warning():
    raw = walk(weekdays()).assign(split_factor=1.0)
    raw.iloc[60, -1] = 4.0

    problem = found(raw, "split_already_applied")

    assert problem.at == ("2023-03-29",)
    assert 'Leave `adjust` at "none"' in problem.advice


def test_adjusting_what_was_adjusted_already_is_noticed():
    raw = walk(weekdays()).assign(split_factor=1.0)
    raw.iloc[60, -1] = 1.5  # a larger one, where the price does not move, is refused before anything is adjusted
    bars = apply_adjust(tidy(raw), "splits")

    problem = check_bars(bars, "X", "1d", now=NOW, treatment=Treatment(adjust="splits")).problems[0]

    assert problem.kind == "split"
    assert 'use `adjust = "none"`' in problem.advice


@pytest.mark.parametrize("fall", [0.22, 1 / 3, 0.35, 0.5])
def test_a_crash_is_a_large_move_and_no_split(fall):
    """It comes with several times the usual value traded and a wide range, and the price stays down."""
    bars = split_at(60, 1 / (1 - fall), volume=False)
    day = bars.index[60]
    bars.loc[day, "volume"] *= 12
    bars.loc[day, "high"] *= 1.06

    problem = found(bars, "large_move")

    assert "split" not in kinds(bars)
    assert problem.severity == "info"
    assert "on 2023-03-29" in problem.detail


def test_a_month_of_panic_holds_no_bad_ticks():
    bars = walk(weekdays())
    panic = np.resize([1.0, 1.1], 24)
    for column in ("open", "high", "low", "close"):
        bars.iloc[60:84, bars.columns.get_loc(column)] *= panic

    assert "spike" not in kinds(bars)


# Calendars and hours


def test_holidays_are_no_gaps_without_a_calendar_and_with_the_right_one():
    bars = walk(weekdays()[1:])  # 2023-01-02 was a holiday too

    assert kinds(bars) == []
    assert kinds(bars, calendar="XNYS") == []
    assert sheet(bars, calendar="XNYS").calendar_is_stated


def test_a_stated_calendar_names_missing_sessions_and_bars_on_other_days():
    index = weekdays()[1:].delete(50).union([pd.Timestamp("2023-07-04")])

    problems = {item.kind: item for item in sheet(walk(index), calendar="XNYS").problems}

    assert problems["missing_sessions"].at == (str(weekdays()[51].date()),)
    assert problems["off_session"].at == ("2023-07-04",)


def test_bars_of_every_day_are_compared_with_every_day():
    clean = sheet(walk(pd.date_range("2023-01-01", periods=100)))

    assert (clean.calendar, clean.problems) == ("24/7", ())


def session_minutes(n_days=20, *, shift=0):
    """Minutes of whole sessions of New York in winter, 14:30 to 21:00 UTC."""
    days = pd.bdate_range("2023-01-17", periods=n_days).difference(HOLIDAYS)
    return minutes(days, "14:30", 390) + pd.Timedelta(minutes=shift)


def test_whole_sessions_stamped_at_their_start_are_in_order():
    assert kinds(walk(session_minutes(), step=0.0005), "1m", calendar="XNYS") == []
    assert kinds(walk(session_minutes(), step=0.0005), "1m") == []


@pytest.mark.parametrize("calendar", [None, "XNYS"])
def test_stamps_at_the_end_of_bars_are_suspected(calendar):
    raw = walk(session_minutes(shift=1), step=0.0005)

    assert kinds(raw, "1m", calendar=calendar) == ["bar_end_stamps"]


def test_local_stamps_read_as_utc_are_out_of_hours_and_the_zone_is_advised():
    raw = walk(session_minutes(shift=-300), step=0.0005)

    problem = found(raw, "out_of_hours", "1m", calendar="XNYS")

    assert "--set timezone=America/New_York" in problem.advice
    assert problem.rows == 300 * 20


def test_lunch_is_no_hole():
    days = pd.bdate_range("2023-01-17", periods=20)
    index = minutes(days, "00:00", 150).union(minutes(days, "03:30", 150))

    assert "missing_bars" not in kinds(walk(index, step=0.0005), "1m")


def test_bars_of_sundays_alone_can_be_checked():
    assert sheet(walk(SATURDAYS + pd.Timedelta(days=1)), "1wk").calendar == "none"
    assert sheet(walk(SATURDAYS[:15] + pd.Timedelta(days=1)), "1d").calendar == "weekdays"


# Sheets


def test_first_and_last_are_the_stamps_as_written():
    local = session_minutes().tz_localize("UTC").tz_convert("Asia/Kolkata")

    written = sheet(walk(local, step=0.0005), "1m")

    assert (written.first, written.timezone) == ("2023-01-17T20:00:00", "Asia/Kolkata")


def test_bars_are_named_as_they_were_written():
    raw = walk(session_minutes().tz_localize("UTC").tz_convert("Asia/Kolkata"), step=0.0005)
    raw.iloc[100, raw.columns.get_loc("high")] = 1.0

    assert found(raw, "broken_range", "1m").at == ("2023-01-17T21:40:00",)


def test_bars_longer_than_a_day_have_no_calendar():
    assert sheet(walk(pd.date_range("2010-01-31", periods=60, freq="ME")), "1mo").calendar == "none"


def test_stamps_that_were_moved_to_the_start_of_bars_are_told_as_written():
    written = sheet(walk(session_minutes(), step=0.0005), "1m", stamps="end")

    assert written.first == "2023-01-17T14:31:00"


def test_rows_first_and_last_count_bars_with_a_price_only():
    made = sheet(changed("open high low close", [0, 1, -1], np.nan))

    assert (made.rows, made.first, made.last) == (151, "2023-01-04", "2023-08-10")
    assert made.n_missing == 3


def test_a_sheet_as_json_is_plain_and_tells_everything():
    repairs = (Repair("duplicates", "2 rows repeated another exactly.", 2, ("2023-01-05",)),)

    document = json.loads(json.dumps(sheet(changed("open high low close", [3], np.nan), repairs=repairs).to_dict()))

    assert {"symbol", "rows", "first", "last", "interval", "repairs", "problems"} <= set(document)
    assert document["repairs"] == [
        {"kind": "duplicates", "rows": 2, "at": ["2023-01-05"], "detail": "2 rows repeated another exactly."}
    ]
    (problem,) = document["problems"]
    assert set(problem) == {"kind", "severity", "rows", "at", "detail", "advice"}
    assert (problem["kind"], problem["severity"], problem["at"]) == ("missing_rows", "error", ["2023-01-05"])


def test_errors_come_first():
    bars = changed("open high low close", [3], np.nan)
    bars.iloc[60, bars.columns.get_loc("high")] = 1.0
    bars.iloc[90, bars.columns.get_loc("volume")] = 0.0

    assert [item.severity for item in sheet(bars).problems] == ["error", "warning", "info"]


def test_different_rows_for_one_time_are_an_error_that_names_them():
    bars = walk(weekdays())
    raw = pd.concat([bars, bars.iloc[[5]] * 1.1]).sort_index()
    with pytest.raises(DataError) as refusal:
        tidy(raw)

    made = refused_series(raw, "X", "1d", refusal.value)

    assert [(p.kind, p.rows, p.at) for p in made.problems] == [("conflicting_duplicates", 2, ("2023-01-09",))]
    assert not made.usable
    assert made.rows == len(raw)


def test_what_cannot_be_read_says_why():
    made = refused_series(None, "X", "1d", DataError("there is nothing."))

    assert [(p.kind, p.detail) for p in made.problems] == [("unreadable", "there is nothing.")]
    assert (made.rows, made.first) == (0, None)


def test_bars_are_not_changed():
    bars = tidy(changed("close", [50], 150.0))
    before = bars.copy()

    check_bars(bars, "X", "1d", calendar="XNYS")

    pd.testing.assert_frame_equal(bars, before)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(60, 600),
    step=st.floats(0.002, 0.03),
    start=st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2019-01-01").date()),
)
def test_clean_bars_give_neither_error_nor_warning(seed, n, step, start):
    bars = walk(pd.bdate_range(start, periods=n), seed=seed, step=step)

    made = sheet(bars)

    assert [item for item in made.problems if item.severity != "info"] == []
    assert made.usable


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), holes=st.sets(st.integers(0, 99), max_size=100))
def test_any_bars_can_be_checked(seed, holes):
    rng = np.random.default_rng(seed)
    bars = walk(pd.bdate_range("2020-01-01", periods=100), seed=seed)
    for row in holes:
        bars.iloc[row, rng.integers(0, 5)] = rng.choice([np.nan, 0.0, -1.0, 1e12, 100.0])

    made = sheet(bars)

    assert made.usable == (not any(item.severity == "error" for item in made.problems))
    json.dumps(made.to_dict(), allow_nan=False)


@pytest.mark.slow
def test_a_million_bars_are_checked_in_little_time():
    raw = walk(minutes(pd.bdate_range("2010-01-04", periods=2_600), "14:30", 390), step=0.0005)
    bars = tidy(raw, "1m")
    start = time.perf_counter()

    check_bars(bars, "X", "1m", raw=raw)

    assert time.perf_counter() - start < 5  # a second on an idle machine


def test_bars_a_year_are_those_of_the_calendar_that_was_stated_as_in_the_statistics_of_a_run():
    bars = tidy(walk(weekdays()))
    labels = pd.DatetimeIndex(bars.index)

    for name in ("XNYS", "24/7", "24/5"):
        stated = check_bars(bars, "X", "1d", now=NOW, calendar=calendar(name))
        assert stated.periods_per_year == periods_per_year(labels, "1d", calendar(name))
    assert check_bars(bars, "X", "1d", now=NOW).periods_per_year == periods_per_year(labels, "1d")
