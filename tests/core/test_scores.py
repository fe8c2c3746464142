"""Scores: hand-computed in all three spaces, pooled over rows, never over the prices of several symbols."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from workbench import Metric, WorkbenchWarning
from workbench.evaluation.scores import SCORE_COLUMNS, pair_with_persistence, score_forecasts
from workbench_metrics import workbench_metrics
from workbench_targets import SimpleReturn

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
    assert set(scores["metric"]) == {metric.name for metric in METRICS if not metric.needs}


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


# What metrics need


def with_quantiles(frame, *widths, levels=(0.1, 0.9)):
    """Put quantiles around forecasts."""
    levels = [np.array(levels)] * len(frame)
    return frame.assign(levels=levels, quantiles=[value + np.array(widths) for value in frame["forecast"]])


class Recorder(Metric, name="toy_recorder"):
    """Keeps what it is asked."""

    asked: ClassVar[list] = []

    def score(self, actual, forecast, context):
        self.asked.append((actual, context))
        return 0.0


def recorder(*needs):
    return type("Asked", (Recorder,), {"asked": [], "needs": frozenset(needs)}, name="toy_recorder")()


def test_intervals_are_scored_by_hand():
    # actual 1 each; forecast 1.5, 0.5, 2 with a half width of 0.5: edges count as held
    scores = scored(with_quantiles(rows("m", [0.5, -0.5, 1.0]), -0.5, 0.5), persistence(3))

    assert value(scores, "coverage_80") == pytest.approx(2 / 3)
    assert math.isnan(value(scores, "coverage_95"))  # another interval than that was not forecast
    # level 0.1: errors 0, 1, -0.5 cost 0, 0.1, 0.45; level 0.9: errors -1, 0, -1.5 cost 0.1, 0, 0.15
    assert value(scores, "pinball") == pytest.approx((0.1 + 0.45 + 0.1 + 0.15) / 6)


def test_metrics_of_intervals_are_asked_only_of_models_and_rows_that_have_them():
    own = with_quantiles(rows("m", [0.5, -0.5, 9.0]), -0.5, 0.5)
    own.loc[2, ["levels", "quantiles"]] = None

    scores = scored(own, rows("n", [0.5]), persistence(3))

    assert set(scores[scores["metric"] == "coverage_80"]["model"]) == {"m"}
    assert value(scores, "coverage_80") == 1.0  # of the two that have one
    assert value(scores, "mae") == pytest.approx(10 / 3)


def test_quantiles_reach_metrics_in_target_units_and_as_prices_never_scaled():
    metric = recorder("quantiles")
    frame = pd.concat([with_quantiles(rows("m", [0.5]).assign(last_price=100.0), -0.5, 0.5), persistence(1)])

    score_forecasts(frame, [metric], persistence="persistence", target=SimpleReturn())

    found = {context.space: context.quantiles.tolist() for _, context in metric.asked}
    assert found == {"target": [[1.0, 2.0]], "price": [[200.0, 300.0]]}


def test_models_with_other_levels_are_each_scored_at_their_own():
    metric = recorder("quantiles")
    own = with_quantiles(rows("n", [0.0]), -1, 0, 1, levels=(0.025, 0.5, 0.975))

    scored(with_quantiles(rows("m", [0.0]), -2, 2), own, persistence(1), metrics=[metric])

    levels = {tuple(context.levels): context.quantiles.tolist() for _, context in metric.asked}
    assert levels == {(0.1, 0.9): [[-1.0, 3.0]], (0.025, 0.5, 0.975): [[0.0, 1.0, 2.0]]}


def test_a_metric_across_symbols_is_asked_only_of_rows_of_several():
    metric = recorder("symbols")

    scores = scored(*(rows(m, [1, 2], symbol=s) for m in ("m", "persistence") for s in "AB"), metrics=[metric])

    assert scores[scores["symbol"].notna()].empty and set(scores["space"]) == {"scaled", "target"}
    for actual, context in metric.asked:
        assert set(context.symbols) == {"A", "B"} and len(context.origins) == len(actual) == 4
        sections = pd.DataFrame({"section": context.sections, "origin": context.origins}).drop_duplicates()
        assert len(sections) == 2 and sections["origin"].nunique() == 2
    assert scored(rows("m", [1.0]), persistence(1), metrics=[metric]).empty


def test_a_metric_is_given_no_more_than_it_needs_and_one_that_needs_the_unknown_is_named():
    plain, odd = recorder(), recorder("quantile")
    frame = [with_quantiles(rows(m, [1.0]), -1, 1) for m in ("m", "persistence")]

    scored(*frame, metrics=[plain])

    assert all(context.quantiles is None and context.symbols is None for _, context in plain.asked)
    with pytest.warns(
        WorkbenchWarning, match=r"'toy_recorder' is left out .* \['quantile'\], .* \['quantiles', 'symbols'\]"
    ):
        assert scored(*frame, metrics=[odd]).empty


def test_no_metric_can_change_the_quantiles_that_the_next_one_is_given():
    class Vandal(Metric, name="toy_vandal"):
        needs: ClassVar[frozenset[str]] = frozenset({"quantiles"})

        def score(self, actual, forecast, context):
            context.quantiles[:] = 7.0
            return 0.0

    frame = [with_quantiles(rows(m, [0.5, -2.0]), -1, 1) for m in ("m", "persistence")]
    honest = scored(*frame)
    beside = scored(*frame, metrics=[Vandal(), *METRICS])

    shared = beside[beside["metric"] != "toy_vandal"]
    pd.testing.assert_frame_equal(*(f.sort_values(SCORE_COLUMNS, ignore_index=True) for f in (shared, honest)))
