"""Other series as features: how they are asked for, and how they are joined."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import DataError, Experiment, ExperimentError, Panel, use
from workbench.evaluation.context import ContextColumns, context_columns, stale_notes, with_context
from workbench.evaluation.samples import build_samples
from workbench.plan.context import Context
from workbench.runs.contexts import known_later
from workbench_features import Column, LogReturn
from workbench_targets import Price

DAY = np.timedelta64(1, "D")


# Asking


def test_a_table_is_split_into_the_source_and_the_fields_of_the_context():
    asked = Context.of({"use": "csv", "path": "vix.csv", "lag": "1d", "features": ["column", use("rsi", window=5)]})

    assert asked.source == use("csv", path="vix.csv")
    assert asked.lag == "1d"
    assert asked.features == (use("column"), use("rsi", window=5))
    assert (asked.symbol, asked.interval, asked.missing, asked.adjust) == (None, None, "error", "none")


@pytest.mark.parametrize(
    "value",
    [
        use("csv", path="v.csv", lag="2h"),
        {"use": "csv", "path": "v.csv", "lag": "2h"},
        {"source": use("csv", path="v.csv"), "lag": "2h"},
        Context(source=use("csv", path="v.csv"), lag="2h"),
    ],
)
def test_all_ways_to_ask_mean_the_same(value):
    asked = Experiment(source="sample", symbols="GOOG", context={"v": value})

    assert asked.context == {"v": Context(source=use("csv", path="v.csv"), lag="2h")}


def test_a_frame_keeps_the_name_of_its_only_symbol():
    asked = Context.of(use("frame", frame=pd.DataFrame(), symbol="VIX"))

    assert asked.symbol == "VIX"
    assert asked.source.params["symbol"] == "VIX"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("sample", "one table per series"),
        ({"my vix": "sample"}, "'my vix' cannot name a series"),
        ({"1st": "sample"}, "'1st' cannot name a series"),
        ({"v": {"path": "x.csv"}}, "v: .* has no `use`"),
        ({"v": use("sample", lag="soon")}, "`lag` .* is 'soon': expected a number and one of m, h, d, wk, mo"),
        ({"v": use("sample", interval="daily")}, "`interval` .* is 'daily'"),
        ({"v": use("sample", features=[])}, "without features adds nothing"),
        ({"v": use("sample", features=[3])}, "expected a plugin name"),
        ({"v": use("sample", missing="bfill")}, "`missing`"),
        ({"v": {"source": "sample", "lags": "1d"}}, "no parameter `lags`. Did you mean 'lag'"),
    ],
)
def test_a_context_that_makes_no_sense_is_refused_with_its_name(value, message):
    with pytest.raises(ExperimentError, match=message):
        Experiment(source="sample", symbols="GOOG", context=value)


# Joining


def columns_of(known: list[str], values: list[float]) -> ContextColumns:
    moments = np.array(known, dtype="datetime64[ns]")
    return ContextColumns("x", ("column",), np.array(values)[:, None], moments, moments)


def test_each_moment_sees_the_newest_row_known_then_and_nothing_before_the_first():
    context = columns_of(["2020-01-02", "2020-01-03", "2020-01-07"], [1.0, 2.0, 3.0])
    moments = np.array(["2020-01-01", "2020-01-02", "2020-01-06T23:59", "2020-01-07", "2020-02-01"], "datetime64[ns]")

    np.testing.assert_array_equal(context.as_known(moments)[:, 0], [np.nan, 1.0, 2.0, 3.0, 3.0])


def test_an_undefined_row_stays_undefined_and_is_not_filled_from_the_one_before():
    context = columns_of(["2020-01-02", "2020-01-03"], [1.0, np.nan])

    assert np.isnan(context.as_known(np.array(["2020-01-04"], "datetime64[ns]"))).all()


days = st.lists(st.integers(0, 60), min_size=1, max_size=20, unique=True).map(sorted)


@given(days, days)
def test_joining_agrees_with_looking_for_the_newest_row_one_by_one(known, asked):
    context = columns_of([str(np.datetime64("2020-01-01") + d) for d in known], [float(d) for d in known])
    moments = np.array([np.datetime64("2020-01-01", "ns") + d * DAY for d in asked])

    expected = [max((float(k) for k in known if k <= d), default=np.nan) for d in asked]

    np.testing.assert_array_equal(context.as_known(moments)[:, 0], expected)


def test_columns_are_named_after_the_series_and_stand_behind_the_bars_own(toy_panel):
    panel = toy_panel(12, ("AAA", "BBB"))
    other = Panel({"vix": toy_panel(20)["AAA"]})
    known = other["vix"]["known_at"].to_numpy()
    features = [("column", Column()), ("log_return", LogReturn())]
    samples = build_samples(panel, [("r", LogReturn())], Price(), lookback=2, horizon=1)

    joined = with_context(samples, [context_columns("vix", other, features, known)])

    assert joined.feature_names == ("r", "vix.column", "vix.log_return")
    assert joined.by_symbol["BBB"].values.shape == (12, 3)
    assert joined.by_symbol["BBB"].values.dtype == np.float32
    np.testing.assert_array_equal(joined.by_symbol["AAA"].values[:, 0], samples.by_symbol["AAA"].values[:, 0])


def test_a_return_is_that_of_the_series_own_bars_and_not_of_a_value_carried_over_a_holiday(toy_panel):
    panel = toy_panel(8)
    times = panel["AAA"].index
    own = panel["AAA"].drop(times[3]).assign(close=[10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0])
    other = Panel({"x": own})
    columns = context_columns("x", other, [("r", LogReturn())], own["known_at"].to_numpy())

    seen = columns.as_known(panel["AAA"]["known_at"].to_numpy())[:, 0]

    np.testing.assert_allclose(seen[1:], np.log(2.0))  # on the holiday the last return again, never a zero


@pytest.mark.parametrize(
    ("lag", "expected"),
    [
        (None, "2020-01-31T00:00"),
        ("1d", "2020-02-01T00:00"),
        ("2h", "2020-01-31T02:00"),
        ("45d", "2020-03-16T00:00"),
        ("1mo", "2020-02-29T00:00"),
    ],
)
def test_the_lag_is_added_to_the_moment_a_bar_is_known(lag, expected):
    bars = pd.DataFrame({"known_at": pd.to_datetime(["2020-01-31"])})

    known = known_later(bars, Context(source=use("sample"), lag=lag))

    assert known[0] == np.datetime64(expected)


# Staleness


def stale(toy_panel, context: ContextColumns, first: int = 0) -> list[str]:
    panel = toy_panel(60)
    samples = build_samples(panel, [("c", Column())], Price(), lookback=2, horizon=1)
    return stale_notes(context, samples, {"AAA": np.arange(first, 59)})


def rows_of(toy_panel, rows) -> ContextColumns:
    known = toy_panel(60)["AAA"]["known_at"].to_numpy()[list(rows)]
    return ContextColumns("x", ("column",), np.ones((len(known), 1)), known, known - DAY)


def test_a_context_that_keeps_up_says_nothing(toy_panel):
    assert stale(toy_panel, rows_of(toy_panel, range(60))) == []


def test_a_slow_series_is_not_stale_by_its_own_habit(toy_panel):
    assert stale(toy_panel, rows_of(toy_panel, range(0, 60, 20))) == []


def test_a_series_that_ends_before_the_test_is_named_with_its_end(toy_panel):
    (note,) = stale(toy_panel, rows_of(toy_panel, range(40)), first=30)

    assert "context 'x': " in note and "of 29 test origins of AAA saw an old value" in note
    assert f"It ends on {str(toy_panel(60)['AAA'].index[39])[:10]}, before the test does" in note


def test_a_hole_of_many_bars_is_named_and_one_of_few_is_not(toy_panel):
    many = [row for row in range(60) if not 20 <= row < 40]
    few = [row for row in range(60) if not 20 <= row < 28]

    (note,) = stale(toy_panel, rows_of(toy_panel, many))
    assert "saw an old value" in note and "It ends" not in note
    assert stale(toy_panel, rows_of(toy_panel, few)) == []


def test_what_was_seen_before_the_test_does_not_matter(toy_panel):
    many = [row for row in range(60) if not 20 <= row < 40]

    assert stale(toy_panel, rows_of(toy_panel, many), first=45) == []


def test_a_feature_that_refuses_the_bars_is_an_error(toy_panel):
    bars = toy_panel(9)["AAA"].assign(close=-1.0)

    with pytest.raises(DataError, match="log_return needs positive closes"):
        context_columns("x", Panel({"x": bars}), [("r", LogReturn())], bars["known_at"].to_numpy())
