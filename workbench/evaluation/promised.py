"""Forecast frames of origins whose targets need not have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import TimeArray
from workbench.contracts.prediction import Prediction
from workbench.contracts.target import Target
from workbench.contracts.windows import Windows
from workbench.evaluation.pipeline import expected_return, forecast_prices

if TYPE_CHECKING:
    import pandas as pd


def promised_frame(windows: Windows, prediction: Prediction, target: Target, target_times: TimeArray) -> pd.DataFrame:
    """Lay forecasts out as rows of a forecast frame, without what happened.

    Parameters
    ----------
    windows : Windows
        Of n origins.
    prediction : Prediction
        In target units.
    target : Target
    target_times : ndarray of shape (n, horizon), datetime64
        Labels of the bars that are forecast.

    Raises
    ------
    PluginError
        The target's prices do not have the shape of its forecasts.
    """
    import pandas as pd

    n, horizon = prediction.point.shape
    price = forecast_prices(target, prediction.point, windows.last_price).ravel()
    last_price = np.repeat(windows.last_price, horizon)
    columns: dict[str, Any] = {
        "symbol": np.repeat(windows.symbols, horizon),
        "origin": np.repeat(windows.origins, horizon),
        "step": np.tile(np.arange(1, horizon + 1), n),
        "target_time": target_times.ravel(),
        "last_price": last_price,
        "forecast": prediction.point.ravel(),
        "price": price,
        "expected_return": expected_return(price, last_price),
    }
    if prediction.quantiles is not None and prediction.levels is not None:
        columns["levels"] = [prediction.levels.tolist()] * (n * horizon)
        columns["quantiles"] = prediction.quantiles.reshape(n * horizon, -1).tolist()
    return pd.DataFrame(columns)
