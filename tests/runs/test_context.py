"""Runs with other series as features: what they see of them, and when."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import workbench as wb
from workbench.plan.resolve import resolve
from workbench.registry.registry import default_registry
from workbench.runs.contexts import fetch_all
from workbench.runs.prepare import prepare

RIDGE = wb.use("sklearn", estimator="sklearn.linear_model.Ridge", label="ridge")


@pytest.fixture
def vix(random_walk) -> pd.DataFrame:
    """Another series: it begins before the bars do, and keeps the same days."""
    return random_walk(200, seed=9, start="2019-11-06")


@pytest.fixture
def ask(tmp_path, bars, vix):
    """Write both series to files and ask for them; the bars of either may be others."""
    bars.to_csv(tmp_path / "WALK.csv")

    def ask(frame=vix, **fields) -> wb.Experiment:
        frame.to_csv(tmp_path / "vix.csv")
        context = {"use": "csv", "path": str(tmp_path / "vix.csv"), "features": ["column", "log_return"]}
        settled = {
            "name": "beside",
            "source": wb.use("csv", path=str(tmp_path / "WALK.csv")),
            "symbols": ["WALK"],
            "lookback": 3,
            "features": ["log_return"],
            "forecasters": [RIDGE],
            "folds": wb.WalkForward(train_size=80, test_size=40),
            "context": {"vix": context | fields.pop("vix", {})},
        }
        return wb.Experiment(**{**settled, **fields})

    return ask


def prepared(experiment: wb.Experiment):
    resolved = resolve(experiment, default_registry())
    return prepare(resolved, fetch_all(resolved))


def column(experiment: wb.Experiment, name: str = "vix.column") -> pd.Series:
    """What forecasts see of one column, by session."""
    ready = prepared(experiment)
    (symbol,) = ready.panel
    part = ready.samples.by_symbol[symbol]
    return pd.Series(part.values[:, ready.samples.feature_names.index(name)], pd.DatetimeIndex(part.labels), name=name)


# What is seen


def test_series_of_the_same_days_are_seen_on_the_same_day(ask, bars, vix):
    seen = column(ask())

    np.testing.assert_allclose(seen, vix["close"].reindex(bars.index), rtol=1e-6)


def test_a_lag_of_a_day_shows_each_value_one_bar_later(ask, bars, vix):
    seen = column(ask(vix={"lag": "1d"}))

    np.testing.assert_allclose(seen, vix["close"].shift(1).reindex(bars.index), rtol=1e-6)


def test_a_monthly_series_with_a_publication_lag_is_seen_when_it_is_out(ask, bars):
    months = pd.date_range("2019-10-01", "2020-08-01", freq="MS", name="date")
    monthly = pd.DataFrame({"close": np.arange(float(len(months))) + 1}, index=months)

    seen = column(ask(monthly, vix={"interval": "1mo", "lag": "15d", "features": ["column"]}))

    # January, known on the first of February, is published on the 16th: seen by the bar that is known after it.
    assert seen.loc["2020-02-14"] == 3.0
    assert seen.loc["2020-02-17"] == 4.0


def test_a_return_is_that_of_the_series_own_bars(ask, bars, vix):
    holiday = bars.index[100]

    seen = column(ask(vix.drop(holiday)), "vix.log_return")

    own = np.log(vix["close"].drop(holiday)).diff()
    np.testing.assert_allclose(seen.loc[holiday], own.loc[bars.index[99]], rtol=1e-5)
    np.testing.assert_allclose(seen.iloc[101], own.loc[bars.index[101]], rtol=1e-5)


def test_bars_before_the_start_of_the_experiment_are_seen(ask, bars, vix):
    start = bars.index[20]

    seen = column(ask(start=str(start.date()), vix={"features": [wb.use("sma", label="mean")]}), "vix.mean")

    assert seen.index[0] == start
    np.testing.assert_allclose(seen.iloc[0], vix["close"].loc[:start].iloc[-20:].mean(), rtol=1e-6)


def test_origins_before_the_first_value_are_left_out(ask, vix, bars):
    ready = prepared(ask(vix.loc[bars.index[30] :]))

    assert ready.rows[0].train["WALK"][0] == 30 + 1 + 2  # a return, and a window of three rows


def test_every_symbol_gets_the_context_at_its_own_moments(tmp_path, random_walk, vix, ask):
    daily = random_walk(160, seed=3).set_axis(pd.date_range("2020-01-01", periods=160, name="date"))
    frame = pd.concat([random_walk(160).assign(symbol="AAA"), daily.assign(symbol="BBB")])
    source = wb.use("frame", frame=frame)
    experiment = ask(vix=({"features": ["column"]}), source=source, symbols=["AAA", "BBB"])

    ready = prepared(experiment)

    for symbol, part in ready.samples.by_symbol.items():
        expected = vix["close"].reindex(pd.DatetimeIndex(part.labels), method="ffill")
        np.testing.assert_allclose(part.values[:, 1], expected, rtol=1e-6, err_msg=symbol)


# Time zones


def test_with_calendars_new_york_sees_tokyo_of_the_same_date(ask, bars, vix):
    seen = column(ask(vix={"calendar": "XTKS", "features": ["column"]}))  # Tokyo closes at six in the morning, UTC

    np.testing.assert_allclose(seen.iloc[10], vix["close"].loc[bars.index[10]], rtol=1e-6)


def test_with_calendars_tokyo_does_not_see_what_new_york_has_not_closed(ask, bars, vix):
    tokyo = bars.assign(known_at=bars.index + pd.Timedelta(hours=6))  # three in the afternoon there
    source = wb.use("frame", frame=tokyo, symbol="TOPIX")

    seen = column(ask(source=source, symbols=["TOPIX"], vix={"calendar": "XNYS", "features": ["column"]}))

    # On the same date New York is still asleep: the newest session that is over is that of the day before.
    expected = vix["close"].shift(1).reindex(bars.index)
    is_session = wb.calendar("XNYS").closes(bars.index - pd.offsets.BDay()).notna()  # other dates end at midnight UTC
    np.testing.assert_allclose(seen[is_session], expected[is_session], rtol=1e-6)


# No look-ahead

CHANGED_FROM = 100


@pytest.fixture(params=["up", "down", "noise"])
def other_future(request, vix, bars):
    """The same context up to a session, another world after it."""
    later = vix.index > bars.index[CHANGED_FROM]
    rng = np.random.default_rng(0)
    factor = {"up": 3.0, "down": 0.2, "noise": np.exp(rng.normal(0, 0.5, int(later.sum())))[:, None]}[request.param]
    changed = vix.copy()
    changed[later] = changed[later].to_numpy() * factor
    return changed


def test_what_becomes_of_a_context_changes_no_earlier_forecast_or_signal(ask, bars, vix, other_future, tmp_path):
    runs = [
        wb.Workbench(tmp_path / f"{name}.duckdb").run(ask(frame), workers=1)
        for name, frame in (("one", vix), ("other", other_future))
    ]
    last = bars.index[CHANGED_FROM]
    seen = ["model", "symbol", "seed", "fold", "origin", "step", "last_price", "forecast", "price", "forecast_scaled"]

    before, after = (r.forecasts[r.forecasts["origin"] <= last][seen] for r in runs)
    assert len(before) > 30
    assert_frame_equal(after, before, check_exact=True)
    signals = [r.signals[r.signals["origin"] <= last] for r in runs]
    assert_frame_equal(signals[1], signals[0], check_exact=True)
    later = [
        r.forecasts.loc[(r.forecasts["origin"] > last) & (r.forecasts["model"] == "ridge"), "forecast"] for r in runs
    ]
    assert not np.allclose(*later)  # or the context would not have been used at all


# Kept with the run


def test_a_run_with_a_context_is_replayed_from_the_bars_it_saw(ask, bench, vix, tmp_path):
    run = bench.run(ask(vix={"lag": "1d"}), workers=1)
    vix.assign(close=1.0, open=1.0, high=1.0, low=1.0).to_csv(tmp_path / "vix.csv")  # whatever becomes of the file

    replay = bench.replay(run.id, workers=1)

    assert replay.identical, str(replay)
    versions = {version["symbol"]: version["context"] for version in run.data}
    assert versions == {"WALK": None, "vix": "vix"}
    assert run.panel.symbols == ("WALK",)
    assert wb.Experiment.from_toml(run.toml) == ask(vix={"lag": "1d"})


def test_a_stopped_run_is_resumed_from_the_bars_it_saw(ask, bench, monkeypatch, vix, tmp_path):
    whole = bench.run(ask(), workers=1)
    import workbench.runs.execute as execute

    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(execute, "score_run", stop)
        with pytest.raises(KeyboardInterrupt):
            bench.run(ask(), workers=1)
    vix[:-5].to_csv(tmp_path / "vix.csv")

    resumed = bench.resume("latest", workers=1)

    assert resumed.id != whole.id
    assert_frame_equal(resumed.forecasts, whole.forecasts)


def test_the_series_counts_as_no_symbol_of_the_run(ask, bench):
    bench.run(ask(), workers=1)

    board = bench.sql("select distinct symbol from leaderboard")
    trials = bench.sql("select distinct series from trials")

    assert board["symbol"].tolist() == ["WALK"]
    assert [name.split("@")[0] for name in trials["series"]] == ["csv:WALK:1d"]


def test_a_series_may_be_a_symbol_of_the_run_as_well(ask, bench, bars, tmp_path):
    itself = {"use": "csv", "path": str(tmp_path / "WALK.csv"), "lag": "7d", "features": ["log_return"]}

    run = bench.run(ask(context={"last_week": itself}, start="2020-01-10"), workers=1)

    assert run.data[0]["series"] == run.data[1]["series"]
    assert bench.replay(run.id, workers=1).identical


def test_another_context_is_other_fits(ask, bench, vix):
    asked = [
        lambda: ask(),
        lambda: ask(vix={"lag": "1d"}),
        lambda: ask(vix={"features": ["column"]}),
        lambda: ask(context={}),
        lambda: ask(vix.assign(close=vix["close"] * 1.5)),
    ]
    plans = [{task.key for task in bench.plan(make())} for make in asked]
    for n, keys in enumerate(plans):
        assert not any(keys & other for other in plans[n + 1 :])


def test_another_lag_is_another_trial(ask, bench):
    numbers = [bench.run(ask(vix={"lag": lag}), workers=1).trial["number"] for lag in ("1d", "1d", "2d")]

    assert numbers == [1, 1, 2]


def test_longer_history_before_and_after_changes_no_key_where_the_end_is_set(ask, bench, vix, bars):
    end = str(bars.index[-5].date())

    one = [task.key for task in bench.plan(ask(vix[:-3], end=end))]
    other = [task.key for task in bench.plan(ask(vix, end=end))]

    assert one == other


# Notes and errors


def test_a_context_that_ends_before_the_test_is_noted(ask, bench, vix, bars):
    run = bench.run(ask(vix.loc[: bars.index[120]]), workers=1)

    (note,) = [note for note in run.notes if "context" in note]
    assert "test origins of WALK saw an old value" in note
    assert f"It ends on {bars.index[120].date()}, before the test does." in note


def test_dropped_rows_of_a_context_are_counted(ask, bench, vix):
    holed = vix.copy()
    holed.iloc[[50, 60], :4] = np.nan

    run = bench.run(ask(holed, vix={"missing": "drop"}), workers=1)

    assert "context 'vix': 2 bars without a price were dropped." in run.notes


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"path": "nowhere.csv"}, r"context 'vix': .*nowhere.csv"),
        ({"symbol": "VXX"}, r"context 'vix': source .* has no symbol 'VXX'"),
        ({"interval": "1h"}, r"context 'vix': `interval` is '1h', but the bars of 'vix' are usually 1d apart"),
        ({"lags": "1d"}, r"context 'vix': 'csv' has no parameter `lags`.* The context itself takes `symbol`, .*`lag`"),
        ({"features": ["no_such_feature"]}, "no feature is named 'no_such_feature'"),
        ({"features": [{"use": "column", "column": "vega"}]}, r"context 'vix': .*vega"),
        ({"features": ["rsi", "rsi"]}, "context 'vix': two of the features are called 'rsi'"),
        ({"lag": "100000d"}, "vix: `lag` of the context is '100000d': no number is published more than fifty years"),
        ({"calendar": "XNOW"}, r"vix: `calendar` of the context is 'XNOW': there is no calendar 'XNOW'\. Give"),
    ],
)
def test_what_is_wrong_with_a_context_is_said_with_its_name(ask, bench, fields, message):
    with pytest.raises(wb.WorkbenchError, match=message):
        bench.run(ask(vix=fields), workers=1)


def test_the_bars_of_a_context_are_checked_like_those_that_are_forecast(ask, bench, vix):
    split = vix.copy()
    split.iloc[:120, :4] *= 4

    run = bench.run(ask(split), workers=1)

    assert [note for note in run.notes if note.startswith("context vix: looks like an unadjusted 4:1 split")]
    assert [sheet["symbol"] for sheet in run.health] == ["WALK", "context vix"]


def test_a_source_of_several_symbols_needs_one_named(ask, bench):
    with pytest.raises(wb.DataError, match=r"context 'm': its source has 3 symbols: BTCUSD, EURUSD, GOOG. Say which"):
        bench.run(ask(context={"m": "sample"}), workers=1)


def test_missing_prices_of_a_context_are_an_error_that_names_it(ask, bench, vix):
    holed = vix.copy()
    holed.iloc[50, :4] = np.nan

    with pytest.raises(wb.DataError, match="context 'vix': 'vix' lacks a price in 1 of 200 bars"):
        bench.run(ask(holed), workers=1)
