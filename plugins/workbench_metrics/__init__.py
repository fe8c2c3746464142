"""Built-in metrics."""

from __future__ import annotations

from workbench import Metric, hookimpl
from workbench_metrics._metrics import (
    HitRate,
    MeanAbsoluteError,
    MeanSquaredError,
    RootMeanSquaredError,
    Skill,
)

__all__ = ["HitRate", "MeanAbsoluteError", "MeanSquaredError", "RootMeanSquaredError", "Skill"]


@hookimpl
def workbench_metrics() -> list[type[Metric]]:
    """Offer rmse, mae, mse, skill and hit_rate."""
    return [RootMeanSquaredError, MeanAbsoluteError, MeanSquaredError, Skill, HitRate]
