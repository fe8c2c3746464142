"""Scores: hand-computed in all three spaces, pooled over rows, never over the prices of several symbols."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from workbench import Metric, WorkbenchWarning
from workbench.evaluation.scores import SCORE_COLUMNS, pair_with_persistence, score_forecasts
from workbench_metrics import workbench_metrics

METRICS = [cls() for cls in workbench_metrics()]
MARGINS = ["symbol", "seed", "fold", "step"]


def rows(model, errors, *, symbol="A", seed=7, fold=0, step=1, last=100.0, scale=0.01):
    """Forecasts with these errors of simple returns that all turned out to be one."""
    actual = np.ones(len(errors))
    forecast = actual + np.array(errors, dtype=float)
    return pd.DataFrame(
        {
            "model": model,
            "symbol": symbol,
            "seed": seed,
            "fold": fold,
            "origin": pd.date_range("2020-01-01", periods=len(errors)) + pd.Timedelta(days=100 * fold),
            "step": step,
            "forecast": forecast,
            "actual": actual,
            "forecast_scaled": forecast / scale,
            "actual_scaled": actual / scale,
            "price": last * (1 + forecast),
            "actual_price": last * (1 + actual),
        }
    )


def scored(*frames, price_units=False, metrics=METRICS):
    frame = pd.concat(frames, ignore_index=True)
    return score_forecasts(frame, metrics, persistence="persistence", price_units=price_units)


def value(scores, metric, space="target", model="m", **margin):
    row = scores[(scores["model"] == model) & (scores["metric"] == metric) & (scores["space"] == space)]
    for name in MARGINS:
        row = row[row[name] == margin[name]] if name in margin else row[row[name].isna()]
    (only,) = row["value"]
    return only


def persistence(n, **where):
    return rows("persistence", [-1.0] * n, **where)  # a return of zero


def test_three_spaces_by_hand():
    scores = scored(rows("m", [0.5, -0.5, 1.0]), persistence(3))

    # squared errors 0.25, 0.25, 1 in target space; times 100 scaled, times 100 in price
    expected = {"mse": 0.5, "rmse": math.sqrt(0.5), "mae": 2 / 3}
    for space, unit in {"target": 1, "scaled": 100, "price": 100}.items():
        assert value(scores, "rmse", space) == pytest.approx(expected["rmse"] * unit)
        assert value(scores, "mse", space) == pytest.approx(expected["mse"] * unit**2)
        assert value(scores, "mae", space) == pytest.approx(expected["mae"] * unit)
        assert value(scores, "skill", space) == pytest.approx(1 - math.sqrt(0.5))
        assert value(scores, "hit_rate", space) == 1.0


def test_persistence_is_scored_like_any_model_and_has_no_skill():
    scores = scored(rows("m", [0.5, -0.5]), persistence(2))

    for space in ("scaled", "target", "price"):
        assert value(scores, "skill", space, model="persistence") == 0.0
        assert math.isnan(value(scores, "hit_rate", space, model="persistence"))
        assert value(scores, "rmse", space, model="persistence") > 0


def test_pooled_figures_are_over_rows_not_means_of_folds():
    scores = scored(
        rows("m", [3.0], fold=0), rows("m", [1.0, 1.0, 1.0], fold=1), persistence(1, fold=0), persistence(3, fold=1)
    )

    assert value(scores, "mse", fold=0) == 9.0
    assert value(scores, "mse", fold=1) == 1.0
    assert value(scores, "mse") == 3.0  # (9 + 1 + 1 + 1) / 4, not (9 + 1) / 2
    assert value(scores, "rmse") == pytest.approx(math.sqrt(3))


def test_seeds_are_pooled_and_scored_apart_against_the_one_persistence():
    scores = scored(rows("m", [1.0, 1.0], seed=7), rows("m", [3.0, 3.0], seed=8), persistence(2))

    assert [value(scores, "mse", seed=s) for s in (7, 8)] == [1.0, 9.0]
    assert value(scores, "mse") == 5.0
    assert value(scores, "skill", seed=8) == pytest.approx(1 - 3)


def test_steps_are_paired_with_persistence_of_the_same_step():
    far = persistence(1, step=2).assign(forecast=-3.0)
    scores = scored(rows("m", [1.0], step=1), rows("m", [1.0], step=2), persistence(1, step=1), far)

    assert value(scores, "skill", step=1) == 0.0
    assert value(scores, "skill", step=2) == pytest.approx(1 - 1 / 4)


def test_price_space_never_pools_symbols():
    scores = scored(
        rows("m", [0.1], symbol="A", last=10),
        rows("m", [0.1], symbol="B", last=5000),
        *(persistence(1, symbol=s) for s in "AB"),
    )

    assert scores[(scores["space"] == "price") & scores["symbol"].isna()].empty
    assert value(scores, "rmse", "price", symbol="A") == pytest.approx(1)
    assert value(scores, "rmse", "price", symbol="B") == pytest.approx(500)
    assert value(scores, "rmse", "target") == pytest.approx(0.1)


def test_a_fold_that_only_one_symbol_reached_is_no_pool_of_prices_either():
    scores = scored(
        rows("m", [0.1], symbol="A", fold=0),
        rows("m", [0.1], symbol="A", fold=1),
        rows("m", [0.1], symbol="B", fold=1),
        persistence(1, symbol="A", fold=0),
        *(persistence(1, symbol=s, fold=1) for s in "AB"),
    )

    assert scores[(scores["space"] == "price") & scores["symbol"].isna()].empty
    assert value(scores, "rmse", "price", symbol="A", fold=0) == pytest.approx(10)


def test_targets_in_price_units_are_not_pooled_over_symbols_either():
    frames = [rows(m, [0.1], symbol=s) for m in ("m", "persistence") for s in "AB"]

    pooled = scored(*frames, price_units=True)

    assert set(pooled[pooled["symbol"].isna()]["space"]) == {"scaled"}
    assert set(pooled[pooled["symbol"] == "A"]["space"]) == {"scaled", "target", "price"}


def test_one_symbol_is_its_own_pool():
    scores = scored(rows("m", [0.1]), persistence(1), price_units=True)

    assert value(scores, "rmse", "price") == value(scores, "rmse", "price", symbol="A")


def test_a_target_that_says_nothing_of_price_has_no_price_scores():
    scores = scored(*(f.assign(price=np.nan) for f in (rows("m", [0.1]), persistence(1))))

    assert set(scores["space"]) == {"scaled", "target"}


def test_rows_without_an_actual_are_left_out_for_model_and_persistence_alike():
    gap = rows("m", [1.0, 5.0])
    gap.loc[1, ["actual", "actual_scaled", "actual_price"]] = np.nan

    scores = scored(gap, persistence(2))

    assert value(scores, "mse") == 1.0
    assert value(scores, "skill") == 0.0


def test_the_table_is_long_with_nulls_for_what_is_pooled():
    scores = scored(rows("m", [0.1]), persistence(1))

    assert list(scores.columns) == SCORE_COLUMNS
    assert {str(scores[c].dtype) for c in ("seed", "fold", "step")} == {"Int64"}
    assert not scores.duplicated([c for c in SCORE_COLUMNS if c != "value"]).any()
    margins = {tuple(name for name in MARGINS if pd.notna(row[name])) for _, row in scores.iterrows()}
    others = [(), ("seed",), ("fold",), ("step",)]
    assert margins == {(*symbol, *other) for symbol in [(), ("symbol",)] for other in others}


def test_every_metric_offered_is_computed_and_one_that_fails_is_named():
    class Worst(Metric, name="toy_worst"):
        def score(self, actual, forecast, context):
            if context.space == "price":
                raise ZeroDivisionError("no price")
            return np.abs(forecast - actual).max()

    priceless = (frame.assign(price=np.nan) for frame in (rows("m", [0.5, -2.0]), persistence(2)))
    assert value(scored(*priceless, metrics=[Worst()]), "toy_worst") == 2.0
    sentence = (
        r"'toy_worst' is left out of the scores: metric 'toy_worst' .* failed in score .*ZeroDivisionError: no price"
    )
    with pytest.warns(WorkbenchWarning, match=sentence):
        scores = scored(rows("m", [0.5]), persistence(1), metrics=[Worst(), *METRICS])
    assert set(scores["metric"]) == {metric.name for metric in METRICS}


@pytest.mark.parametrize("answer", ["1.5", None, [1.0, 2.0], {"value": 1.0}, 1j])
def test_a_metric_that_returns_no_number_is_left_out_by_name(answer):
    class Odd(Metric, name="toy_odd"):
        def score(self, actual, forecast, context):
            return answer

    with pytest.warns(WorkbenchWarning, match="metric 'toy_odd' .* returned .* from score; expected a number"):
        scores = scored(rows("m", [0.5]), persistence(1), metrics=[Odd()])
    assert scores.empty


def test_no_metric_can_change_what_the_next_one_is_given():
    class Vandal(Metric, name="toy_vandal"):
        def score(self, actual, forecast, context):
            actual[:] = forecast[:] = context.persistence[:] = 7.0
            return 0.0

    frame = [rows("m", [0.5, -2.0]), persistence(2)]
    honest = scored(*frame)
    beside = scored(*frame, metrics=[Vandal(), *METRICS])

    pd.testing.assert_frame_equal(beside[beside["metric"] != "toy_vandal"].reset_index(drop=True), honest)


def test_each_forecast_is_paired_with_persistence_of_its_own_row():
    reference = [persistence(2, symbol="A", last=1), persistence(2, symbol="B", last=2)]
    frame = pd.concat([*(rows("m", [1, 2], symbol=s) for s in "AB"), *reference])

    paired = pair_with_persistence(frame, "persistence")

    assert len(paired) == len(frame)
    assert paired[paired["symbol"] == "B"]["persistence_price"].tolist() == [2.0] * 4
    assert (paired["persistence_target"] == 0).all()
