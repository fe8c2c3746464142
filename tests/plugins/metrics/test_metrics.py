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

from workbench import MetricContext
from workbench_metrics import (
    HitRate,
    MeanAbsoluteError,
    MeanSquaredError,
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


def test_five_metrics_are_offered_and_say_which_way_is_better():
    assert {name: metric.lower_is_better for name, metric in ALL.items()} == {
        "rmse": True,
        "mae": True,
        "mse": True,
        "skill": False,
        "hit_rate": False,
    }
    classes = {RootMeanSquaredError, MeanAbsoluteError, MeanSquaredError, Skill, HitRate}
    assert {type(m) for m in ALL.values()} == classes


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
