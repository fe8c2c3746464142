"""Built-in metrics."""

from __future__ import annotations

from workbench import Metric, hookimpl
from workbench_metrics._intervals import Coverage80, Coverage95, Pinball
from workbench_metrics._metrics import (
    HitRate,
    MeanAbsoluteError,
    MeanSquaredError,
    RootMeanSquaredError,
    Skill,
)
from workbench_metrics._ranks import RankIC

__all__ = [
    "Coverage80",
    "Coverage95",
    "HitRate",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Pinball",
    "RankIC",
    "RootMeanSquaredError",
    "Skill",
]


@hookimpl
def workbench_metrics() -> list[type[Metric]]:
    """Offer metrics of points, of intervals, and of the order of symbols."""
    points: list[type[Metric]] = [RootMeanSquaredError, MeanAbsoluteError, MeanSquaredError, Skill, HitRate]
    return [*points, Coverage80, Coverage95, Pinball, RankIC]
