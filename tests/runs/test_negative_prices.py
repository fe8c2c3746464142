"""A price that crosses zero, as crude oil did in April 2020: everything works that can, and the rest says why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cli import main


@pytest.fixture(scope="module")
def oil() -> pd.DataFrame:
    """A close that falls from 20 through zero and comes back, the fall in the test."""
    rng = np.random.default_rng(5)
    n = 200
    path = 20 - 30 * np.exp(-(((np.arange(n) - 150) / 12.0) ** 2))
    close = path + np.cumsum(rng.normal(0, 0.1, n)) * 0.3
    open_ = close + rng.normal(0, 0.05, n)
    prices = {"open": open_, "high": np.maximum(open_, close) + 0.1, "low": np.minimum(open_, close) - 0.1}
    return pd.DataFrame({**prices, "close": close, "volume": 1000.0}, index=pd.bdate_range("2020-01-01", periods=n))


@pytest.fixture(scope="module")
def ask(tmp_path_factory, oil):
    path = tmp_path_factory.mktemp("oil") / "OIL.csv"
    oil.rename_axis("date").to_csv(path)

    def ask(**fields) -> wb.Experiment:
        settled = {
            "name": "oil",
            "source": wb.use("csv", path=str(path)),
            "symbols": ["OIL"],
            "target": "price",
            "lookback": 5,
            "forecasters": [wb.use("lstm", hidden=4, epochs=2)],
            "baselines": ["drift"],
            "folds": wb.WalkForward(train_size=100, test_size=50),
        }
        return wb.Experiment(**{**settled, **fields})

    return ask


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> wb.Workbench:
    return wb.Workbench(tmp_path_factory.mktemp("store") / "store.duckdb")


@pytest.fixture(scope="module")
def run(bench, ask) -> wb.Run:
    return bench.run(ask(), workers=1)


def test_prices_are_forecast_and_scored_whatever_their_sign(run, oil):
    assert (oil["close"] < 0).any()
    assert set(run.forecasts["model"]) == {"lstm(hidden=4, epochs=2)", "drift", "persistence"}
    assert np.isfinite(run.forecasts["price"]).all()
    persistence = run.forecasts[run.forecasts["model"] == "persistence"]
    np.testing.assert_array_equal(persistence["price"], persistence["last_price"])
    assert run.summary["rmse"].notna().sum() == 3
    assert run.status == "finished"


def test_expected_returns_are_null_where_the_last_price_is_not_positive(run):
    below = run.forecasts["last_price"] <= 0

    assert below.any()
    assert run.forecasts.loc[below, "expected_return"].isna().all()
    assert run.forecasts.loc[~below, "expected_return"].notna().all()


def test_holding_through_zero_is_ruin_and_not_an_error(run):
    hold = run.backtests["buy_and_hold"]

    assert hold.stats["total_return"] == -1.0
    assert hold.stats["sharpe"] is None
    assert hold.equity.iloc[-1] == 0.0
    assert run.summary.loc["persistence", "total_return"] == 0.0  # it never expects a rise, and stays out


def test_an_order_that_would_fill_below_zero_is_refused_and_forecasts_are_scored_all_the_same(bench, ask, tmp_path):
    run = bench.run(ask(folds=wb.WalkForward(train_size=148, test_size=30), forecasters=["mean"]), workers=1)

    (note,) = [note for note in run.notes if "was not traded" in note]
    assert note.startswith("buy_and_hold was not traded: ")
    assert "positive price" in note
    assert "buy_and_hold" not in run.backtests
    assert run.summary["rmse"].notna().all()
    assert "was not traded" in run.report(tmp_path / "oil.html").read_text(encoding="utf-8")
    assert bench.replay(run.id, workers=1).identical


class LongOnOne(wb.Strategy, name="long_on_mean"):
    """Full exposure on the forecasts of one model, none on others."""

    def signals(self, forecasts, panel):
        share = (forecasts["model"] == "mean").astype(float)
        return pd.Series(share.to_numpy(), index=pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]]))


def test_a_model_whose_orders_were_refused_is_not_said_to_have_stayed_out(bench, ask):
    folds = wb.WalkForward(train_size=148, test_size=30)

    run = bench.run(ask(folds=folds, forecasters=["mean"], baselines=[], strategy=LongOnOne()), workers=1)

    assert any(note.startswith("mean was not traded: ") for note in run.notes)
    assert not any("took no position" in note for note in run.notes)
    assert set(run.backtests) == {"persistence"}


def test_the_run_is_replayed_identically_reported_drawn_and_shown(run, bench, tmp_path, capsys):
    replay = bench.replay(run.id, workers=1)

    assert replay.identical, str(replay)
    assert "persistence" in run.report(tmp_path / "oil.html").read_text(encoding="utf-8")
    for kind in ("forecast", "error", "equity", "learning"):
        run.plot(kind)
    with pytest.raises(SystemExit) as ended:
        main(["show", run.id, "--store", str(bench.path)])
    assert ended.value.code == 0
    assert "buy_and_hold" in capsys.readouterr().out


def test_simple_returns_leave_out_what_has_no_return(bench, ask, oil):
    run = bench.run(ask(target="simple_return", forecasters=["mean"], lookback=3), workers=1)

    below = oil.index[oil["close"] <= 0]
    assert not run.forecasts["origin"].isin(below).any()
    assert [note for note in run.notes if "test origins were left out" in note]


def test_log_returns_refuse_and_name_the_first_day(bench, ask, oil):
    first = oil.index[oil["close"] <= 0][0]

    with pytest.raises(wb.DataError, match=rf"'log_return' needs positive closes, .* first on {first}.*'price'"):
        bench.run(ask(target="log_return", features=["simple_return"]), workers=1)
    with pytest.raises(wb.DataError, match=rf"log_return needs positive closes, but the close of {first}"):
        bench.run(ask(features=["log_return"]), workers=1)


def test_without_a_strategy_nothing_is_said_of_trading(bench, ask):
    run = bench.run(ask(strategy=None, forecasters=["mean"]), workers=1)

    assert not [note for note in run.notes if "traded" in note]
    assert bench.replay(run.id, workers=1).identical


def test_a_context_may_go_below_zero(bench, ask, tmp_path, random_walk, oil):
    walk = random_walk(200)
    source = wb.use("frame", frame=walk, symbol="WALK")
    experiment = ask(source=source, symbols=["WALK"], target="log_return", forecasters=["mean"])
    spread = wb.use("frame", frame=oil, symbol="OIL")

    run = bench.run(experiment.replace(context={"oil": spread}), workers=1)

    assert run.status == "finished"
    with pytest.raises(wb.DataError, match="context 'oil': log_return needs positive closes"):
        bench.run(experiment.replace(context={"oil": spread.with_params(features=["log_return"])}), workers=1)
