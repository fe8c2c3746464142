"""`Prediction`: shapes and types are settled where a forecast enters."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import Prediction

POINT = np.zeros((3, 2))
LEVELS = np.array([0.1, 0.9])


def test_a_bare_array_is_a_point_forecast():
    prediction = Prediction.of([[1, 2], [3, 4]], n=2, horizon=2)

    assert prediction.point.dtype == np.float64
    assert prediction.levels is None


def test_one_dimension_will_do_for_one_step():
    assert Prediction.of(np.arange(3), n=3, horizon=1).point.shape == (3, 1)


def test_single_precision_is_widened_before_anything_is_unscaled():
    quantiles = np.zeros((3, 2, 2), dtype=np.float32)

    prediction = Prediction(POINT.astype(np.float32), LEVELS, quantiles)

    assert prediction.point.dtype == prediction.levels.dtype == prediction.quantiles.dtype == np.float64


@pytest.mark.parametrize("value", [np.zeros((3, 1)), np.zeros((2, 2)), np.zeros(3), Prediction(np.zeros((1, 1)))])
def test_another_shape_than_asked_for_is_refused(value):
    with pytest.raises(ValueError, match=r"expected a forecast of shape \(3, 2\)"):
        Prediction.of(value, n=3, horizon=2)


@pytest.mark.parametrize("point", [np.zeros(3), np.zeros((3, 2, 1)), 1.0])
def test_a_point_forecast_has_rows_and_steps(point):
    with pytest.raises(ValueError, match=r"\(n, horizon\)"):
        Prediction(point)


@pytest.mark.parametrize("levels", [[0.9, 0.1], [0.5, 0.5], [0.0, 0.5], [0.5, 1.0], [np.nan, 0.5], [[0.1, 0.9]]])
def test_levels_increase_strictly_between_zero_and_one(levels):
    with pytest.raises(ValueError, match="increase strictly between 0 and 1"):
        Prediction(POINT, np.array(levels), np.zeros((3, 2, 2)))


def test_quantiles_fit_the_point_and_the_levels():
    with pytest.raises(ValueError, match=r"`quantiles` must have shape \(3, 2, 2\), got \(3, 2, 3\)"):
        Prediction(POINT, LEVELS, np.zeros((3, 2, 3)))


@pytest.mark.parametrize("given", [{"levels": LEVELS}, {"quantiles": np.zeros((3, 2, 2))}])
def test_levels_and_quantiles_come_together(given):
    with pytest.raises(ValueError, match="both `levels` and `quantiles`"):
        Prediction(POINT, **given)
