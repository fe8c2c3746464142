"""Forecasts that anything better has to beat: fixed rules, models of a single series, and models of the window."""

from collections.abc import Iterable

from workbench import Forecaster, hookimpl
from workbench_baselines._arima import ARIMA
from workbench_baselines._boosting import Boosting
from workbench_baselines._drift import Drift
from workbench_baselines._ets import ETS
from workbench_baselines._har import HAR
from workbench_baselines._lightgbm import LightGBM
from workbench_baselines._mean import Mean
from workbench_baselines._persistence import Persistence
from workbench_baselines._ridge import Ridge
from workbench_baselines._seasonal import Seasonal

__all__ = ["ARIMA", "ETS", "HAR", "Boosting", "Drift", "LightGBM", "Mean", "Persistence", "Ridge", "Seasonal"]


@hookimpl
def workbench_forecasters() -> Iterable[type[Forecaster]]:
    """Offer everything here: rules first, then models of a series, then models of the window."""
    return [Persistence, Drift, Mean, Seasonal, HAR, ETS, ARIMA, Ridge, Boosting, LightGBM]
