"""Forecasters that are scikit-learn regressors. Importing this package does not import scikit-learn."""

from __future__ import annotations

from workbench.contracts.forecaster import Forecaster
from workbench.contracts.hooks import hookimpl
from workbench.sklearn.fitted import FittedSklearnForecaster
from workbench.sklearn.forecaster import SklearnForecaster
from workbench.sklearn.named import EstimatorForecaster

__all__ = ["EstimatorForecaster", "FittedSklearnForecaster", "SklearnForecaster"]


@hookimpl
def workbench_forecasters() -> list[type[Forecaster]]:
    """Offer `sklearn`."""
    return [EstimatorForecaster]
