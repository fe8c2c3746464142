"""Point metrics; every one is pooled over rows, never a mean of means."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from workbench import FloatArray, Metric, MetricContext


class MeanSquaredError(Metric, name="mse"):
    """Mean of the squared errors."""

    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return `mean((forecast - actual)^2)`, in squared units of the space."""
        return float(np.mean((forecast - actual) ** 2))


class RootMeanSquaredError(Metric, name="rmse"):
    """Square root of the mean squared error."""

    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return `sqrt(mean((forecast - actual)^2))`, in units of the space."""
        return float(np.sqrt(np.mean((forecast - actual) ** 2)))


class MeanAbsoluteError(Metric, name="mae"):
    """Mean of the absolute errors."""

    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return `mean(|forecast - actual|)`, in units of the space."""
        return float(np.mean(np.abs(forecast - actual)))


class Skill(Metric, name="skill"):
    """1 - RMSE / RMSE of persistence on the same rows: above zero is better than "tomorrow = today"."""

    lower_is_better: ClassVar[bool] = False

    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return the skill; NaN where persistence makes no error at all."""
        reference = np.sqrt(np.mean((context.persistence - actual) ** 2))
        if reference == 0:
            return float("nan")
        return float(1.0 - np.sqrt(np.mean((forecast - actual) ** 2)) / reference)


class HitRate(Metric, name="hit_rate"):
    """Share of the moves whose direction was right, a move being the difference to persistence."""

    lower_is_better: ClassVar[bool] = False

    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return the share among rows where something moved and the forecast took a side; NaN without any.

        Persistence never takes a side, so its hit rate is undefined.
        """
        moved = np.sign(actual - context.persistence)
        called = np.sign(forecast - context.persistence)
        counted = (moved != 0) & (called != 0)
        if not counted.any():
            return float("nan")
        return float(np.mean(moved[counted] == called[counted]))
