"""The built-in metrics: hand-computed, published, and what must hold for any numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import mean_pinball_loss

from workbench import MetricContext
from workbench_metrics import (
    Coverage80,
    Coverage95,
    HitRate,
    MeanAbsoluteError,
    MeanSquaredError,
    Pinball,
    RankIC,
    RootMeanSquaredError,
    Skill,
    workbench_metrics,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "point_metrics.json").read_text())
ALL = {cls.name: cls() for cls in workbench_metrics()}


def score(metric, actual, forecast, persistence=0.0, space="target"):
    actual, forecast = np.array(actual, dtype=float), np.array(forecast, dtype=float)
    context = MetricContext(np.broadcast_to(np.array(persistence, dtype=float), actual.shape), space)
    return ALL[metric].score(actual, forecast, context)


def test_metrics_are_offered_and_say_which_way_is_better_and_what_they_need():
    assert {name: metric.lower_is_better for name, metric in ALL.items()} == {
        "rmse": True,
        "mae": True,
        "mse": True,
        "skill": False,
        "hit_rate": False,
        "coverage_80": False,
        "coverage_95": False,
        "pinball": True,
        "rank_ic": False,
    }
    needs = {name: set(metric.needs) for name, metric in ALL.items() if metric.needs}
    assert needs == {
        "coverage_80": {"quantiles"},
        "coverage_95": {"quantiles"},
        "pinball": {"quantiles"},
        "rank_ic": {"symbols"},
    }
    classes = {RootMeanSquaredError, MeanAbsoluteError, MeanSquaredError, Skill, HitRate, Pinball, RankIC}
    assert {type(m) for m in ALL.values()} == classes | {Coverage80, Coverage95}


@pytest.mark.parametrize("metric", ["mae", "mse", "rmse"])
def test_errors_of_the_last_value_on_the_nile_are_the_published_ones(metric):
    found = score(metric, VECTORS["y"], VECTORS["forecast"])

    assert found == pytest.approx(VECTORS["expected"][metric], rel=0, abs=VECTORS["tolerance"])


@pytest.mark.parametrize(
    ("metric", "expected"),
    # errors 1, -1, -3, 0; errors of persistence -2, 1, -2, 0; moves up, down, up, none, of which two are called
    [
        ("mse", 11 / 4),
        ("mae", 5 / 4),
        ("rmse", math.sqrt(11 / 4)),
        ("skill", 1 - math.sqrt(11 / 9)),
        ("hit_rate", 2 / 3),
    ],
)
def test_four_rows_by_hand(metric, expected):
    assert score(metric, actual=[2, -1, 2, 0], forecast=[3, -2, -1, 0]) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("actual", "forecast", "expected"),
    [
        ([1, 1, -1, -1], [1, -1, 1, -1], 0.5),
        ([1, 0, -1], [1, 1, 1], 0.5),  # no move: not counted
        ([1, 1, 1], [1, 0, -1], 0.5),  # no side taken: not counted
        ([1, 1], [0, 0], math.nan),
        ([0, 0], [1, 1], math.nan),
    ],
)
def test_a_hit_is_a_move_whose_side_was_called(actual, forecast, expected):
    assert score("hit_rate", actual, forecast) == pytest.approx(expected, nan_ok=True)


def test_moves_are_counted_from_persistence_not_from_zero():
    assert score("hit_rate", actual=[101, 99], forecast=[102, 101], persistence=[100, 100], space="price") == 0.5


def test_skill_is_undefined_where_persistence_makes_no_error():
    assert math.isnan(score("skill", [1, 2], [1, 3], persistence=[1, 2]))


numbers = st.integers(1, 30).flatmap(lambda n: arrays(float, (3, n), elements=st.floats(-1e3, 1e3, width=32)))


@given(numbers)
def test_persistence_has_no_skill_and_takes_no_side(rows):
    actual, persistence, _ = rows

    assert score("skill", actual, persistence, persistence) in (0.0, pytest.approx(math.nan, nan_ok=True))
    assert math.isnan(score("hit_rate", actual, persistence, persistence))


@given(numbers, st.floats(0.01, 100), st.floats(-100, 100))
def test_skill_is_the_same_in_any_units(rows, scale, shift):
    actual, forecast, persistence = rows
    if np.abs(persistence - actual).max() < 1e-3:
        return

    scaled = score("skill", *(scale * part + shift for part in (actual, forecast, persistence)))

    assert scaled == pytest.approx(score("skill", actual, forecast, persistence), abs=1e-4, rel=1e-4)


@given(numbers)
def test_squares_roots_and_absolutes_agree(rows):
    actual, forecast, persistence = rows
    mse, rmse, mae = (score(m, actual, forecast, persistence) for m in ("mse", "rmse", "mae"))

    assert rmse == pytest.approx(math.sqrt(mse))
    assert mae <= rmse * (1 + 1e-12)
    assert score("mse", actual, actual) == score("mae", actual, actual) == 0


# Intervals


def score_quantiles(metric, actual, quantiles, levels):
    actual, quantiles = np.array(actual, dtype=float), np.array(quantiles, dtype=float)
    context = MetricContext(np.zeros_like(actual), "target", np.array(levels, dtype=float), quantiles)
    return ALL[metric].score(actual, np.zeros_like(actual), context)


@pytest.mark.parametrize(("actual", "expected"), [([0, 5, 9], 1.0), ([-0.1, 5, 9.1], 1 / 3), ([-1, -1, 10], 0.0)])
def test_an_interval_holds_its_edges_and_what_lies_between(actual, expected):
    bounds = [[-2, 0, 9, 11]] * 3
    levels = [0.025, 0.1, 0.9, 0.975]

    assert score_quantiles("coverage_80", actual, bounds, levels) == pytest.approx(expected)
    assert score_quantiles("coverage_95", actual, bounds, levels) == 1.0


def test_the_coverage_of_an_interval_that_is_not_forecast_is_undefined():
    assert math.isnan(score_quantiles("coverage_80", [1], [[0, 2]], [0.025, 0.975]))
    assert math.isnan(score_quantiles("coverage_95", [1], [[0, 2]], [0.025, 0.9]))


@given(st.integers(0, 2**32 - 1), st.lists(st.floats(0.01, 0.99), min_size=1, max_size=5, unique=True).map(sorted))
def test_pinball_is_that_of_scikit_learn_averaged_over_levels(seed, levels):
    rng = np.random.default_rng(seed)
    actual, quantiles = rng.normal(size=30), rng.normal(size=(30, len(levels)))

    found = score_quantiles("pinball", actual, quantiles, levels)

    singly = [mean_pinball_loss(actual, quantiles[:, j], alpha=level) for j, level in enumerate(levels)]
    assert found == pytest.approx(np.mean(singly), rel=1e-12)


# The order of symbols


def rank_ic(scores, returns):
    """Of scores and returns of shape (days, symbols)."""
    scores, returns = np.array(scores, dtype=float), np.array(returns, dtype=float)
    days = np.repeat(np.arange(len(scores)), scores.shape[1])
    symbols = np.tile(np.array([f"S{j}" for j in range(scores.shape[1])], dtype=object), len(scores))
    moments = np.datetime64("2020-01-01") + days
    context = MetricContext(np.zeros(scores.size), "target", origins=moments, symbols=symbols, sections=days)
    return RankIC().score(returns.ravel(), scores.ravel(), context)


def test_rank_correlations_are_the_published_ones():
    path = Path(__file__).parents[2] / "vectors" / "information_coefficient.json"
    vector = json.loads(path.read_text())
    expected = vector["expected"]

    assert rank_ic(vector["scores"], vector["returns"]) == pytest.approx(expected["mean_rank_ic"], abs=1e-12)
    for scores, returns, value in zip(vector["scores"], vector["returns"], expected["rank_ic"], strict=True):
        assert rank_ic([scores], [returns]) == pytest.approx(value, abs=1e-12)


def test_days_without_an_order_are_left_out_of_the_mean():
    right, constant = [1, 2, 3], [1, 1, 1]

    assert rank_ic([right, constant, right], [right, right, constant]) == 1.0
    assert math.isnan(rank_ic([constant], [right]))


@given(st.integers(0, 2**32 - 1))
def test_rank_correlations_do_not_depend_on_the_order_of_the_rows(seed):
    rng = np.random.default_rng(seed)
    actual, forecast = rng.integers(0, 4, (2, 40)).astype(float)
    sections = rng.integers(0, 8, 40)
    order = rng.permutation(40)

    def scored(at):
        context = MetricContext(np.zeros(40), "target", sections=sections[at])
        return RankIC().score(actual[at], forecast[at], context)

    assert scored(order) == pytest.approx(scored(np.arange(40)), abs=1e-12, nan_ok=True)
