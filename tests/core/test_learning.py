"""Learning curves, in target units whatever a forecaster trains in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench import PluginError, Windows, use
from workbench.evaluation.learning import LearningCurve
from workbench.evaluation.pipeline import FoldScalers
from workbench.evaluation.scaling import fit_scaler
from workbench_baselines import Drift
from workbench_targets import Price

N = 4
Y = np.array([[101.0], [99.0], [100.0], [103.0]])


@pytest.fixture
def validation() -> Windows:
    return Windows(
        values=np.zeros((N, 1), dtype=np.float32),
        ends=np.arange(N),
        lookback=1,
        horizon=1,
        feature_names=("f",),
        symbols=np.full(N, "A", dtype=object),
        origins=np.datetime64("2020-01-01") + np.arange(N),
        last_price=np.full(N, 100.0),
        y=Y,
        first_rows={"A": 0},
    )


def test_epochs_are_kept_as_they_come(validation):
    curve = LearningCurve(Drift(), validation, Price(), None)

    curve(1, 0.5, 0.6)
    curve(2, 0.4)

    assert [e["epoch"] for e in curve.epochs] == [1, 2]
    assert [e["train_loss"] for e in curve.epochs] == [0.5, 0.4]
    assert curve.epochs[0]["validation_loss"] == 0.6
    assert math.isnan(curve.epochs[1]["validation_loss"])
    assert math.isnan(curve.epochs[0]["validation_rmse"]) and math.isnan(curve.epochs[0]["validation_hit_rate"])


def test_a_forecast_is_scored_in_target_units_from_persistence(validation):
    curve = LearningCurve(Drift(), validation, Price(), None)

    curve(1, 0.5, 0.6, np.array([[102.0], [101.0], [105.0], [100.0]]))

    # errors 1, 2, 5, -3; moves up, down, none, up; calls up, up, up, none
    assert curve.epochs[0]["validation_rmse"] == pytest.approx(math.sqrt(39 / 4))
    assert curve.epochs[0]["validation_hit_rate"] == 0.5


def test_a_scaled_forecast_is_brought_back_first(validation):
    scalers = FoldScalers({}, {"A": fit_scaler(use("standard"), Y)})
    forecast = Y + np.array([[1.0], [1.0], [1.0], [-1.0]])
    curve = LearningCurve(Drift(), validation, Price(), scalers)

    curve(1, 0.5, 0.6, scalers.y["A"].transform(forecast))

    assert curve.epochs[0]["validation_rmse"] == pytest.approx(1.0)


def test_without_a_side_taken_there_is_no_hit_rate(validation):
    curve = LearningCurve(Drift(), validation, Price(), None)

    curve(1, 0.5, 0.6, np.full((N, 1), 100.0))

    assert math.isnan(curve.epochs[0]["validation_hit_rate"])


def test_without_a_validation_block_a_forecast_is_not_scored():
    curve = LearningCurve(Drift(), None, Price(), None)

    curve(1, 0.5, validation_forecast=np.zeros((3, 1)))

    assert math.isnan(curve.epochs[0]["validation_rmse"])


def test_a_forecast_of_another_shape_is_the_forecasters_fault(validation):
    with pytest.raises(
        PluginError,
        match=r"'drift' .* reported a validation forecast that does not fit: expected .*\(4, 1\), got \(3, 1\)",
    ):
        LearningCurve(Drift(), validation, Price(), None)(1, 0.5, 0.6, np.zeros((3, 1)))


def test_a_loss_that_is_no_number_is_the_forecasters_fault(validation):
    with pytest.raises(PluginError, match=r"'drift' .* reported a loss that is no number"):
        LearningCurve(Drift(), validation, Price(), None)(1, "small")
