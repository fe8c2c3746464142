"""Forecasts that anything better has to beat: `persistence`, `drift` and `mean`."""

from collections.abc import Iterable

from workbench import Forecaster, hookimpl
from workbench_baselines._drift import Drift
from workbench_baselines._mean import Mean
from workbench_baselines._persistence import Persistence

__all__ = ["Drift", "Mean", "Persistence"]


@hookimpl
def workbench_forecasters() -> Iterable[type[Forecaster]]:
    """Offer `persistence`, `drift` and `mean`."""
    return [Persistence, Drift, Mean]
