"""Runs on what says nothing of price: the range of a bar and the side of a move, traded by strategies of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.reports.screen import make_screen


def restless(n=220, seed=3, start="2020-01-01") -> pd.DataFrame:
    """Bars whose volatility comes and goes, every bar with a range."""
    rng = np.random.default_rng(seed)
    volatility = np.exp(-4.4 + 0.6 * np.sin(np.arange(n) / 15) + rng.normal(0, 0.15, n))
    close = 100 * np.exp(np.cumsum(volatility * rng.normal(size=n)))
    open_ = np.concatenate([[100.0], close[:-1]])
    prices = {
        "open": open_,
        "high": np.maximum(open_, close) * (1 + 0.6 * volatility),
        "low": np.minimum(open_, close) * (1 - 0.6 * volatility),
        "close": close,
    }
    return pd.DataFrame({**prices, "volume": 1000.0}, index=pd.bdate_range(start, periods=n, name="time"))


def ask(bars, **fields) -> wb.Experiment:
    settled = {
        "name": "restless",
        "source": wb.use("frame", frame=bars, symbol="X"),
        "symbols": ["X"],
        "lookback": 5,
        "forecasters": ["mean"],
        "folds": wb.WalkForward(train_size=120, test_size=50),
    }
    return wb.Experiment(**{**settled, **fields})


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> wb.Workbench:
    return wb.Workbench(tmp_path_factory.mktemp("store") / "store.duckdb")


@pytest.fixture(scope="module")
def ranged(bench) -> wb.Run:
    lstm = wb.use("lstm", hidden=4, epochs=2)
    fields = {"forecasters": [lstm, "mean"], "validation": 0.2, "horizon": 2, "strategy": "volatility_target"}
    return bench.run(ask(restless(), target="log_range", **fields), workers=1)


def test_ranges_are_forecast_scored_and_traded_and_say_nothing_of_price(ranged):
    forecasts = ranged.forecasts

    assert forecasts[["price", "expected_return"]].isna().all(axis=None)
    assert set(ranged.scores["space"]) == {"target", "scaled"}
    assert ranged.summary["rmse"].notna().sum() == 3
    assert ranged.summary.loc["persistence", "skill"] == 0
    assert 0 <= ranged.summary.loc["mean", "hit_rate"] <= 1
    assert ranged.notes == []


def test_persistence_repeats_the_range_of_the_origin_for_every_step(ranged):
    bars = ranged.panel["X"]
    realised = np.log(np.log(bars["high"] / bars["low"]))
    persistence = ranged.forecasts[ranged.forecasts["model"] == "persistence"]

    np.testing.assert_allclose(persistence["forecast"], realised[persistence["origin"]])
    np.testing.assert_allclose(persistence["actual"], realised[persistence["target_time"]])


def test_the_learning_curve_of_a_range_is_in_units_of_the_target(ranged):
    curve = ranged.learning

    assert curve["validation_rmse"].between(0.05, 5).all()
    assert curve["validation_hit_rate"].between(0, 1).all()


def test_exposure_falls_where_a_wide_range_is_forecast(ranged):
    for model in ("mean", "persistence", "lstm(hidden=4, epochs=2)"):
        backtest = ranged.backtests[model]
        assert backtest.stats["commission_paid"] > 0
        assert 0 < backtest.stats["volatility"] < ranged.backtests["buy_and_hold"].stats["volatility"]
    n_orders = {model: len(ranged.backtests[model].orders) for model in ("mean", "persistence")}
    assert n_orders["mean"] < n_orders["persistence"] < len(ranged.panel["X"])


def test_a_run_on_ranges_is_replayed_and_reported(ranged, bench, tmp_path):
    replay = bench.replay(ranged.id, workers=1)

    assert replay.identical, str(replay)
    assert "log_range" in ranged.report(tmp_path / "range.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["log_range", "direction"])
def test_forecasts_that_a_strategy_cannot_trade_are_scored_and_a_note_names_those_that_can(bench, target):
    run = bench.run(ask(restless(), target=target), workers=1)

    (note,) = run.notes
    fitting = {"log_range": "volatility_target", "direction": "follow_direction"}[target]
    assert note.startswith(f"The forecasts were not traded: those of '{target}' say nothing of price, and 'long_flat'")
    assert f"Strategies for '{target}': {fitting};" in note
    assert list(run.backtests) == []
    assert run.summary["total_return"].isna().all()
    assert run.summary["rmse"].notna().all()
    with pytest.raises(wb.RequestError, match=r"nothing was traded: the notes of the run say why. Read `run.notes`"):
        run.plot("equity")
    with pytest.raises(wb.DataError, match="or its notes say why not"):
        _ = run.backtest
    number = make_screen(run).numbers[1]
    assert (number.value, number.beside) == ("not traded", "the notes of the run say why")


def test_holding_reads_no_forecast_and_is_traded_on_any_target(bench):
    run = bench.run(ask(restless(), target="log_range", strategy="buy_and_hold"), workers=1)

    assert run.notes == []
    assert run.summary.loc["mean", "total_return"] == run.summary.loc["buy_and_hold", "total_return"]


@pytest.mark.parametrize(
    ("target", "strategy"),
    [("log_return", wb.use("top_bottom")), ("direction", wb.use("follow_direction", threshold=0.9))],
    ids=["too few symbols", "forecasts too small"],
)
def test_a_strategy_that_finds_nothing_to_do_is_said_to_have_done_nothing(bench, target, strategy):
    run = bench.run(ask(restless(), target=target, strategy=strategy), workers=1)

    (note,) = run.notes
    assert note.startswith(f"No model was traded: the strategy '{strategy.name}")
    assert "took no position at any origin." in note
    assert run.summary.loc["mean", "total_return"] == 0


def test_sides_are_forecast_scored_by_how_often_they_are_right_and_followed(bench):
    rising = restless()
    rising[["open", "high", "low", "close"]] *= np.exp(0.004 * np.arange(len(rising)))[:, None]
    strategy = wb.use("follow_direction", allow_short=True)

    run = bench.run(ask(rising, target="direction", strategy=strategy), workers=1)

    mine = run.forecasts[run.forecasts["model"] == "mean"]
    right = (np.sign(mine["forecast"]) == mine["actual"])[mine["actual"] != 0]
    assert set(mine["actual"]) <= {-1.0, 0.0, 1.0}
    assert run.summary.loc["mean", "hit_rate"] == pytest.approx(right.mean())
    assert np.isnan(run.summary.loc["persistence", "hit_rate"])
    assert run.summary.loc["persistence", "total_return"] == 0  # it takes no side
    assert run.summary.loc["mean", "total_return"] > 0
    assert bench.replay(run.id, workers=1).identical


def test_the_best_of_a_panel_are_held_and_the_worst_sold_short(bench):
    frames = {name: restless(seed=i) for i, name in enumerate("ABCD")}
    for i, name in enumerate("ABCD"):
        frames[name][["open", "high", "low", "close"]] *= np.exp(0.003 * i * np.arange(220))[:, None]
    panel = pd.concat(frames, names=["symbol", "time"]).reset_index()
    source = wb.use("frame", frame=panel)

    run = bench.run(ask(None, source=source, symbols=list("ABCD"), strategy=wb.use("top_bottom", n=1)), workers=1)

    trades = pd.concat([run.backtest.trades, run.backtest.open_trades])
    assert set(trades.loc[trades["units"] > 0, "symbol"]) == {"D"}  # the mean goes with the trend of each
    assert set(trades.loc[trades["units"] < 0, "symbol"]) == {"A"}
    assert run.summary.loc["persistence", "total_return"] == 0  # all its forecasts are alike


def below_zero(n=220) -> pd.DataFrame:
    """Bars that fall through zero and come back before the test, as crude oil did."""
    bars = restless(n)
    dip = 300 * np.exp(-(((np.arange(n) - 60) / 8.0) ** 2))
    return bars.assign(**{column: bars[column] - dip for column in ("open", "high", "low", "close")})


@pytest.mark.parametrize(
    ("target", "strategy"), [("log_range", "volatility_target"), ("direction", "follow_direction")]
)
def test_prices_below_zero_are_no_reason_to_refuse(bench, target, strategy):
    bars = below_zero()
    assert (bars["low"] <= 0).sum() > 5

    run = bench.run(ask(bars, target=target, features=["simple_return"], strategy=strategy), workers=1)

    assert run.status == "finished"
    assert run.summary["rmse"].notna().sum() == 2
    assert run.backtest.stats["total_return"] is not None


def test_bars_of_one_price_in_the_test_are_left_out_and_counted(bench):
    bars = restless()
    still = bars.index[[180, 195]]
    bars.loc[still, ["high", "low", "open"]] = bars.loc[still, ["close"]].to_numpy()

    run = bench.run(ask(bars, target="log_range", features=["log_return"], strategy="none"), workers=1)

    assert not run.forecasts["target_time"].isin(still).any()
    assert run.forecasts["origin"].isin(still).any()  # persistence is then the range before
    assert any("2 test origins were left out" in note for note in run.notes)


def test_a_series_of_one_price_a_bar_has_no_range_and_the_error_says_so(bench):
    close = restless()["close"]
    bars = pd.DataFrame({column: close for column in ("open", "high", "low", "close")}).assign(volume=1.0)

    with pytest.raises(wb.DataError, match=r"the target is undefined \(NaN\) in every row of 'X', as a range is where"):
        bench.run(ask(bars, target="log_range", features=["log_return"]), workers=1)
