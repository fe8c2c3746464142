"""Learning curves, scored in target units whatever units the forecaster trains in."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.contracts.forecaster import Forecaster
from workbench.contracts.origin import described
from workbench.contracts.prediction import Prediction
from workbench.contracts.target import Target
from workbench.contracts.windows import Windows
from workbench.errors import PluginError
from workbench.evaluation.pipeline import FoldScalers, persistence_forecast


def rmse_of(actual: FloatArray, forecast: FloatArray) -> float:
    """Root of the mean squared difference."""
    return float(np.sqrt(np.mean((forecast - actual) ** 2)))


def hit_rate_of(actual: FloatArray, forecast: FloatArray, persistence: FloatArray) -> float:
    """Share of forecasts on the side of persistence on which the target came to lie; NaN without any."""
    moved, called = np.sign(actual - persistence), np.sign(forecast - persistence)
    counted = (moved != 0) & (called != 0)
    return float(np.mean(moved[counted] == called[counted])) if counted.any() else float("nan")


class LearningCurve:
    """Takes what a fit reports, epoch by epoch; the rows are in `epochs`.

    Parameters
    ----------
    forecaster : Forecaster
        Who reports.
    validation : Windows or None
        Validation windows in target units, whatever the forecaster was given.
    target : Target
    scalers : FoldScalers or None
        Set when the forecaster trains on scaled values, so that its forecasts can be brought back.
    """

    def __init__(
        self, forecaster: Forecaster, validation: Windows | None, target: Target, scalers: FoldScalers | None
    ) -> None:
        self._forecaster = forecaster
        self._validation = validation
        self._target = target
        self._scalers = scalers
        self.epochs: list[dict[str, Any]] = []

    def __call__(
        self,
        epoch: int,
        train_loss: float,
        validation_loss: float | None = None,
        validation_forecast: FloatArray | None = None,
    ) -> None:
        """Record one epoch; see `workbench.contracts.forecaster.Report`.

        Raises
        ------
        PluginError
            A loss is no number, or the forecast does not fit the validation windows.
        """
        try:
            numbers = {
                "epoch": int(epoch),
                "train_loss": float(train_loss),
                "validation_loss": np.nan if validation_loss is None else float(validation_loss),
            }
        except (TypeError, ValueError) as err:
            raise PluginError(f"{described(self._forecaster)} reported a loss that is no number: {err}.") from err
        rmse, hit_rate = self._score(validation_forecast)
        self.epochs.append({**numbers, "validation_rmse": rmse, "validation_hit_rate": hit_rate})

    def _score(self, forecast: FloatArray | None) -> tuple[float, float]:
        windows = self._validation
        if forecast is None or windows is None:
            return np.nan, np.nan
        try:
            prediction = Prediction.of(forecast, len(windows), windows.horizon)
        except (TypeError, ValueError) as err:
            who = described(self._forecaster)
            raise PluginError(f"{who} reported a validation forecast that does not fit: {err}") from err
        if self._scalers is not None:
            prediction = self._scalers.unscale(prediction, windows)
        reference = persistence_forecast(self._target, windows)
        actual, forecast = windows.targets, prediction.point
        return rmse_of(actual, forecast), hit_rate_of(actual, forecast, reference)
