"""What a run gives, and that it gives the same again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import workbench as wb

FORECAST_FRAME = [
    *("model", "symbol", "seed", "fold", "origin", "step"),
    *("target_time", "last_price", "forecast", "price", "expected_return"),
]


@pytest.fixture
def run(shared) -> wb.Run:
    return shared[1]


def test_every_bar_after_the_training_block_is_forecast_once_by_every_model(run, bars):
    counted = run.forecasts.groupby(["model", "seed"])["target_time"].agg(["size", "nunique"])

    assert (counted["size"] == len(bars) - 80).all()
    assert (counted["nunique"] == len(bars) - 80).all()
    assert run.forecasts["target_time"].min() == bars.index[80]
    assert run.forecasts["target_time"].max() == bars.index[-1]


def test_the_forecast_frame_has_the_columns_strategies_rely_on(run):
    assert set(FORECAST_FRAME) <= set(run.forecasts.columns)
    assert set(run.forecasts["model"]) == {"lstm(hidden=4, epochs=2)", "drift", "persistence"}


def test_actual_is_what_happened_after_the_origin(run, bars):
    forecasts = run.forecasts
    close = bars["close"]
    origin = close.loc[forecasts["origin"]].to_numpy()
    target = close.loc[forecasts["target_time"]].to_numpy()

    np.testing.assert_allclose(forecasts["last_price"], origin)
    np.testing.assert_allclose(forecasts["actual_price"], target)
    np.testing.assert_allclose(forecasts["actual"], np.log(target / origin), atol=1e-15)


def test_persistence_errs_by_the_moves_themselves(run, bars):
    moves = np.log(bars["close"]).diff().iloc[80:]

    assert run.summary.loc["persistence", "rmse"] == pytest.approx(np.sqrt(np.mean(moves**2)), rel=1e-12)
    assert run.summary.loc["persistence", "skill"] == 0


def test_scores_are_pooled_over_rows_and_agree_with_the_forecasts(run):
    scores = run.scores
    model = "lstm(hidden=4, epochs=2)"
    mine = run.forecasts[run.forecasts["model"] == model]
    error = mine["price"] - mine["actual_price"]
    pooled = scores[(scores["model"] == model) & (scores["space"] == "price") & (scores["metric"] == "rmse")]
    pooled = pooled[pooled[["symbol", "seed", "fold", "step"]].isna().all(axis=1)]

    assert pooled["value"].item() == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-12)


def test_the_same_experiment_twice_gives_the_same_bits(shared, run):
    again = shared[0].run(run.experiment, workers=1)

    assert again.id != run.id
    assert_frame_equal(again.forecasts, run.forecasts, check_exact=True)
    assert_frame_equal(again.scores, run.scores, check_exact=True)


def test_worker_processes_do_not_change_a_bit(bench, experiment, run, monkeypatch):
    monkeypatch.setattr("workbench.runs.executor.PATIENCE_SECONDS", 0.0)

    spread = bench.run(experiment, workers=2)

    assert_frame_equal(spread.forecasts, run.forecasts, check_exact=True)


def test_another_seed_gives_other_forecasts(bench, experiment, run):
    other = bench.run(experiment.replace(seeds=[3]), workers=1)

    mine = run.forecasts.query("seed == 1 and model.str.startswith('lstm')")["forecast"].to_numpy()
    theirs = other.forecasts.query("model.str.startswith('lstm')")["forecast"].to_numpy()
    assert not np.array_equal(mine, theirs)


def test_a_forecaster_without_randomness_is_fitted_once_for_all_seeds(run):
    assert set(run.forecasts.query("model == 'drift'")["seed"]) == {1}
    assert set(run.forecasts.query("model.str.startswith('lstm')")["seed"]) == {1, 2}


def test_learning_curves_are_kept_per_fold_seed_and_epoch(run):
    learning = run.learning

    assert len(learning) == 4 * 2 * 2  # folds, seeds, epochs
    assert np.isfinite(learning[["train_loss", "validation_loss", "validation_rmse"]]).all(axis=None)
    assert learning["validation_hit_rate"].between(0, 1).all()


def test_the_headline_is_backtested_beside_persistence_and_buy_and_hold(run, bars):
    assert set(run.backtests) == {"lstm(hidden=4, epochs=2)", "drift", "persistence", "buy_and_hold"}
    equity = run.backtests["buy_and_hold"].equity
    assert equity.index[0] == bars.index[79]
    assert equity.index[-1] == bars.index[-1]
    assert run.backtest.stats["total_return"] == pytest.approx(run.backtest.equity.iloc[-1] / 100_000 - 1)
    assert "drift" in run.backtests
    assert "no such model" not in run.backtests
    assert run.backtests["persistence"].stats["sharpe"] is None
    assert "sharpe" in run.backtests["persistence"].reasons


def test_seeds_are_backtested_one_by_one_too(shared):
    traded = shared[0].sql("select distinct model, seed from backtests where model like 'lstm%' order by seed")

    assert traded["seed"].isna().sum() == 1
    assert set(traded["seed"].dropna()) == {1, 2}


def test_summary_has_one_row_per_model_and_one_for_buy_and_hold(run):
    assert list(run.summary.index) == ["lstm(hidden=4, epochs=2)", "drift", "persistence", "buy_and_hold"]
    assert run.summary.loc["persistence", "verdict"] == "the reference"
    assert run.verdict.startswith("lstm(hidden=4, epochs=2)")


def test_a_run_loaded_later_is_the_run_that_was_made(shared, run, bars):
    loaded = wb.Workbench(shared[0].path).load(run.id[:6])

    assert loaded.id == run.id
    assert loaded.experiment.to_toml() == run.experiment.to_toml()
    assert_frame_equal(loaded.summary, run.summary)
    np.testing.assert_array_equal(loaded.panel["WALK"]["close"], bars["close"])


def test_provenance_names_code_packages_and_the_exact_data(run, bars):
    assert run.provenance["workbench"] == wb.__version__
    assert {"numpy", "pandas", "torch"} <= set(run.provenance["packages"])
    assert {(p["kind"], p["name"]) for p in run.provenance["plugins"]} >= {("forecaster", "lstm"), ("feature", "sma")}
    (data,) = run.data
    assert data["n_rows"] == len(bars)
    assert len(data["sha256"]) == 64


def test_every_table_this_run_touches_is_filled_and_audits_is_not(shared):
    tables = [
        *("series", "bars", "experiments", "runs", "tasks", "forecasts", "scores", "learning", "signals"),
        *("orders", "trades", "equity", "backtests", "models", "plugins", "trials"),
    ]
    counts = {table: shared[0].sql(f"select count(*) as n from {table}")["n"].item() for table in [*tables, "audits"]}

    assert counts.pop("audits") == 0
    assert all(counts.values()), counts


def test_only_the_last_folds_networks_are_kept_unless_asked_otherwise(shared, run):
    everything = shared[0].run(run.experiment.replace(keep_models="all", seeds=[1]), workers=1)
    nothing = shared[0].run(run.experiment.replace(keep_models="none", seeds=[1]), workers=1)

    def folds(of: wb.Run) -> set[int]:
        return set(shared[0].sql(f"select distinct fold from models where run = '{of.id}'")["fold"])

    assert folds(run) == {3}
    assert folds(everything) == {0, 1, 2, 3}
    assert folds(nothing) == set()


def test_without_a_strategy_nothing_is_traded(bench, experiment):
    run = bench.run(experiment.replace(strategy=None, forecasters=["mean"]), workers=1)

    assert len(run.backtests) == 0
    assert run.summary["total_return"].isna().all()
    with pytest.raises(wb.DataError, match="no strategy"):
        _ = run.backtest


def test_horizon_scores_every_step_and_trades_the_first(bench, experiment):
    run = bench.run(experiment.replace(horizon=3, forecasters=["drift"], baselines=[]), workers=1)

    assert set(run.forecasts["step"]) == {1, 2, 3}
    assert set(run.scores["step"].dropna()) == {1, 2, 3}
    assert run.backtest.stats["n_trades"] is not None


def test_fitting_once_serves_all_later_folds(bench, experiment):
    once = wb.WalkForward(train_size=80, test_size=20, refit=False)
    run = bench.run(experiment.replace(folds=once, seeds=[1]), workers=1)

    assert len(run.tasks) == 3  # one fit per model
    assert set(run.forecasts["fold"]) == {0, 1, 2, 3}


def test_appending_a_bar_keeps_the_old_version_and_writes_one_row(bench, experiment, bars, csv):
    first = bench.run(experiment.replace(forecasters=["drift"], baselines=[]), workers=1)
    longer = pd.concat([bars, bars.tail(1).set_axis(bars.index[-1:] + pd.offsets.BDay(1))])
    longer.to_csv(csv)

    second = bench.run(experiment.replace(forecasters=["drift"], baselines=[]), workers=1)

    assert bench.sql("select revision, count(*) as n from bars group by 1 order by 1")["n"].tolist() == [160, 1]
    assert len(first.panel["WALK"]) == 160
    assert len(second.panel["WALK"]) == 161
    assert second.trial["number"] == first.trial["number"]


def test_a_new_setting_is_a_new_trial_and_a_new_seed_or_repeat_is_not(bench, experiment):
    small = experiment.replace(forecasters=["drift"], baselines=[])

    numbers = [
        bench.run(small.replace(**changes), workers=1).trial["number"]
        for changes in ({}, {}, {"seeds": [5]}, {"lookback": 6}, {"strategy": "long_short"})
    ]

    assert numbers == [1, 1, 1, 2, 3]


def test_removing_a_run_keeps_its_trial(bench, experiment):
    run = bench.run(experiment.replace(forecasters=["drift"]), workers=1)

    bench.remove(run.id)

    assert bench.sql("select count(*) as n from forecasts")["n"].item() == 0
    assert bench.sql("select count(*) as n from trials")["n"].item() == 1
    with pytest.raises(wb.RunNotFoundError):
        bench.load(run.id)


def test_two_symbols_are_scored_apart_in_price_and_together_in_returns(bench, tmp_path, random_walk):
    both = pd.concat(
        [random_walk(seed=1).assign(symbol="AAA"), random_walk(150, seed=2, start="2020-01-13").assign(symbol="BBB")]
    )
    both.to_csv(tmp_path / "two.csv")
    run = bench.run(
        wb.Experiment(
            source=wb.use("csv", path=str(tmp_path / "two.csv")),
            symbols=["AAA", "BBB"],
            lookback=5,
            forecasters=["drift"],
            folds=wb.WalkForward(80, 20),
        ),
        workers=1,
    )

    pooled = run.scores[run.scores[["symbol", "seed", "fold", "step"]].isna().all(axis=1)]
    assert set(pooled["space"]) == {"scaled", "target"}
    assert set(run.scores.loc[run.scores["space"] == "price", "symbol"]) == {"AAA", "BBB"}
    board = bench.sql("select symbol from leaderboard where space = 'price' and model = 'drift' order by symbol")
    assert board["symbol"].tolist() == ["AAA", "BBB"]


def test_what_is_done_to_a_run_set_apart_reaches_no_other(run):
    spoilt = run.apart()
    for name in ("forecasts", "scores", "learning", "signals", "tasks", "summary"):
        table = getattr(spoilt, name)
        table.drop(index=table.index, inplace=True)
    spoilt.panel["WALK"]["close"] *= 0.0
    spoilt.backtest.equity.iloc[:] = 0.0
    spoilt.provenance["plugins"].clear()

    other = run.apart()

    for name in ("forecasts", "scores", "learning", "signals", "tasks", "summary"):
        assert len(getattr(other, name)) == len(getattr(run, name)) > len(getattr(spoilt, name))
    assert (other.panel["WALK"]["close"] > 0).all() and (other.backtest.equity > 0).all()
    assert other.provenance["plugins"]
