"""The frames behind figures and tables, against slow references and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from workbench import RequestError
from workbench.evaluation.sharpe import SharpeEstimate, deflated_sharpe, probabilistic_sharpe
from workbench.reports.data.coverage import interval_coverage
from workbench.reports.data.equity import compared_models, drawdowns, growth
from workbench.reports.data.error import error_curves
from workbench.reports.data.folds import fold_spans
from workbench.reports.data.forecast import Band, forecast_lines
from workbench.reports.data.luck import luck_adjusted_sharpe
from workbench.reports.data.scores import in_order, pooled_scores, scores_along


def test_forecast_lines_average_seeds_and_stand_beside_what_happened(make_run):
    run = make_run(seeds=(7, 8))
    row = run.forecasts.query("model == 'lstm'").iloc[5]
    both = run.forecasts.query("model == 'lstm' and origin == @row.origin")

    found = forecast_lines(run)

    assert (found.symbol, found.model, found.step, found.in_price) == ("AAA", "lstm", 1, True)
    assert found.lines["forecast"].loc[row["target_time"]] == pytest.approx(both["price"].mean())
    assert found.lines["actual"].loc[row["target_time"]] == row["actual_price"]
    assert found.lines["persistence"].loc[row["target_time"]] == row["last_price"]
    assert found.lines.index.is_monotonic_increasing and found.lines.index.is_unique


def test_where_test_blocks_overlap_the_newest_fold_counts(make_run):
    run = make_run()
    again = run.forecasts.assign(fold=99, price=-1.0)
    run.forecasts = pd.concat([again, run.forecasts], ignore_index=True)

    assert (forecast_lines(run).lines["forecast"] == -1.0).all()


def test_a_target_without_prices_is_shown_in_its_own_units(make_run):
    run = make_run()
    run.forecasts["price"] = np.nan

    found = forecast_lines(run)

    assert not found.in_price
    assert found.lines["actual"].abs().max() < 1


def test_the_whole_horizon_is_the_default_step(make_run):
    run = make_run(horizon=7)

    assert forecast_lines(run).step == 7
    assert forecast_lines(run, step=2).step == 2
    with pytest.raises(RequestError, match="the run forecasts 1 to 7 bars ahead"):
        forecast_lines(run, step=8)


def test_quantiles_in_target_units_become_a_band_of_prices(make_run):
    run = make_run()
    mine = run.forecasts["model"] == "lstm"
    quantiles = [np.array([v - 0.1, v, v + 0.1]) for v in run.forecasts["forecast"]]
    run.forecasts["levels"] = [np.array([0.1, 0.5, 0.9]) if is_mine else None for is_mine in mine]
    run.forecasts["quantiles"] = [q if is_mine else None for q, is_mine in zip(quantiles, mine, strict=True)]

    found = forecast_lines(run)

    assert found.bands == (Band("q0.1", "q0.9", "80 % interval"),)
    np.testing.assert_allclose(found.lines["q0.1"], found.lines["forecast"] * math.exp(-0.1), rtol=1e-12)
    np.testing.assert_allclose(found.lines["q0.9"], found.lines["forecast"] * math.exp(0.1), rtol=1e-12)
    assert forecast_lines(run, model="drift").bands == ()


def test_intervals_are_listed_widest_first_and_quantiles_around_nothing_by_their_levels(make_run):
    def bands(*levels):
        run = make_run()
        run.forecasts["levels"] = [np.array(levels)] * len(run.forecasts)
        run.forecasts["quantiles"] = [v + 0.1 * np.arange(len(levels)) for v in run.forecasts["forecast"]]
        return [band.label for band in forecast_lines(run).bands]

    assert bands(0.025, 0.1, 0.5, 0.9, 0.975) == ["95 % interval", "80 % interval"]
    assert bands(0.1, 0.5, 0.7) == ["quantiles 0.1 to 0.7"]


def test_coverage_counts_rows_and_its_error_origins_that_do_not_overlap(make_run):
    run = make_run(symbols=("AAA", "BBB"), horizon=3, seeds=(7, 8), half_width=0.02)

    found = interval_coverage(run)

    (row,) = found[found["model"] == "lstm"].to_dict("records")
    mine = run.forecasts[run.forecasts["model"] == "lstm"]
    n_origins = mine["origin"].nunique()
    assert row["empirical"] == pytest.approx(((mine["actual"] - mine["forecast"]).abs() <= 0.02).mean())
    assert (row["nominal"], row["n_origins"], row["n_apart"]) == (0.8, n_origins, n_origins // 3)
    assert row["standard_error"] == pytest.approx(math.sqrt(0.16 / (n_origins // 3)))
    assert row["width"] == pytest.approx(0.04)


def test_a_run_without_quantiles_has_no_coverage(make_run):
    assert interval_coverage(make_run()).empty


def test_an_unknown_symbol_is_refused_with_the_near_miss(make_run):
    with pytest.raises(RequestError, match="Did you mean 'AAB'"):
        forecast_lines(make_run(symbols=("AAA", "AAB")), symbol="AABB")


def test_error_saved_ends_at_one_less_the_square_of_one_less_the_skill(make_run):
    run = make_run()
    skill = run.verdicts["lstm"].skill

    found = error_curves(run)

    assert found.over_time["saved"].iloc[-1] == pytest.approx(1 - (1 - skill) ** 2)


def test_error_by_step_matches_a_plain_loop(make_run):
    run = make_run(horizon=3, seeds=(7, 8))
    rows = run.forecasts
    reference = rows[rows["model"] == "persistence"]
    scale = math.sqrt(((reference["forecast"] - reference["actual"]) ** 2).mean())

    found = error_curves(run)

    for step in (1, 2, 3):
        mine = rows[(rows["model"] == "lstm") & (rows["step"] == step)]
        rmse = math.sqrt(sum((f - a) ** 2 for f, a in zip(mine["forecast"], mine["actual"], strict=True)) / len(mine))
        assert found.by_step["model"].loc[step] == pytest.approx(rmse / scale)


def test_persistence_has_a_relative_error_of_one_over_the_whole_test(make_run):
    found = error_curves(make_run(symbols=("AAA", "BBB")))

    assert found.by_step["persistence"].loc[1] == pytest.approx(1.0)


def test_prices_of_different_size_weigh_the_same(make_run):
    run = make_run(symbols=("AAA", "BBB"))
    before = error_curves(run).over_time
    big = run.forecasts["symbol"] == "BBB"
    for column in ("forecast", "actual"):
        run.forecasts[column] = run.forecasts[column].where(~big, run.forecasts[column] * 1000)

    pd.testing.assert_frame_equal(error_curves(run).over_time, before)


def test_growth_starts_at_one_and_drawdown_never_rises_above_zero(make_run):
    run = make_run()

    curves = growth(run)

    assert list(curves.columns) == ["lstm", "buy_and_hold", "persistence"]
    assert (curves.iloc[0] == 1).all()
    assert curves["lstm"].iloc[-1] - 1 == pytest.approx(run.backtests["lstm"].stats["total_return"])
    assert drawdowns(curves)["lstm"].min() == pytest.approx(run.backtests["lstm"].stats["max_drawdown"])
    assert (drawdowns(curves) <= 0).all().all()


def test_without_a_strategy_there_is_nothing_to_compare(make_run):
    run = make_run(strategy=None)

    assert compared_models(run) == []
    with pytest.raises(RequestError, match="no strategy"):
        growth(run)


def test_an_unfinished_run_is_refused(make_run):
    with pytest.raises(RequestError, match="is interrupted"):
        forecast_lines(make_run(status="interrupted"))


def test_fold_spans_cover_the_forecasts_and_training_ends_before_the_test(make_run):
    run = make_run(symbols=("AAA", "BBB"), horizon=5)

    spans = fold_spans(run)

    tested = run.forecasts[run.forecasts["step"] == 1].groupby("fold")["target_time"].agg(["min", "max"])
    assert (spans["test_from"] == tested["min"]).all() and (spans["test_until"] == tested["max"]).all()
    assert (spans["validation_until"] < spans["test_from"]).all()
    assert (spans["train_until"] < spans["validation_from"]).all()
    assert spans["n_test"].sum() == len(run.forecasts.query("model == 'drift' and step == 1"))


def test_pooled_scores_list_models_and_metrics_in_the_order_of_the_run(make_run):
    run = make_run()
    shuffled = run.scores.sample(frac=1.0, random_state=1)

    found = pooled_scores(in_order(shuffled, ["lstm", "drift", "persistence"]), "target")

    assert list(found.index) == ["lstm", "drift", "persistence"]
    assert list(found.columns) == ["rmse", "mae", "mse", "skill", "hit_rate"]
    assert found.loc["lstm", "rmse"] == run.summary.loc["lstm", "rmse"]


def test_prices_of_several_symbols_are_listed_by_symbol(make_run):
    run = make_run(symbols=("AAA", "BBB"))

    found = pooled_scores(run.scores, "price")

    assert sorted({symbol for symbol, _ in found.index}) == ["AAA", "BBB"]


def test_scores_along_a_margin_with_one_value_are_left_out(make_run):
    run = make_run(horizon=2)

    assert list(scores_along(run.scores, "step", space="target", metric="rmse").index) == [1, 2]
    assert scores_along(run.scores, "symbol", space="target", metric="rmse").empty


def test_with_one_trial_the_sharpe_ratio_is_compared_with_zero(make_run):
    run = make_run(trial={"number": 1, "since": "2024-01-01", "sharpes": [0.05]})

    found = luck_adjusted_sharpe(run)

    assert found.probability == pytest.approx(probabilistic_sharpe(estimate_of(run)))


def test_more_trials_lower_the_luck_adjusted_sharpe_ratio(make_run):
    run = make_run()

    found = luck_adjusted_sharpe(run)

    sharpes = run.trial["sharpes"]
    mean = sum(sharpes) / 3
    variance = sum((s - mean) ** 2 for s in sharpes) / 2
    assert found.n_trials == 3
    assert found.probability == pytest.approx(deflated_sharpe(estimate_of(run), 3, variance))
    assert found.probability < probabilistic_sharpe(estimate_of(run))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"strategy": None}, "no strategy"),
        ({"trial": {"number": 5, "since": "2024-01-01", "sharpes": [0.1]}}, "fewer than two"),
    ],
)
def test_an_undefined_luck_adjusted_sharpe_ratio_says_why(make_run, change, reason):
    found = luck_adjusted_sharpe(make_run(**change))

    assert found.probability is None
    assert reason in found.reason


def test_a_ruined_account_has_no_luck_adjusted_sharpe_ratio(make_run):
    run = make_run()
    run.backtests["lstm"].equity.iloc[-1] = -5.0

    assert "ruined" in luck_adjusted_sharpe(run).reason


def estimate_of(run):
    return SharpeEstimate.of(run.backtests["lstm"].equity.pct_change().iloc[1:].to_numpy())
