import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyOnMondays(Forecaster, name="leaky_on_mondays"):
    """Wrong on one day of the week only: on Mondays it takes the next row of the features."""

    def fit(self, train, validation, context):
        return _Fitted(ahead=1)


class HonestOnMondays(Forecaster, name="honest_on_mondays"):
    """Right: on Mondays it forecasts nothing; what day it is, is known."""

    def fit(self, train, validation, context):
        return _Fitted(ahead=0)


class _Fitted(FittedForecaster):
    def __init__(self, ahead):
        self.ahead = ahead

    def predict(self, windows):
        days = windows.origins.astype("datetime64[h]").astype(np.int64) // 24
        chosen = days % 7 == 4  # the first of January 1970 was a Thursday
        rows = np.minimum(windows.ends + self.ahead * chosen, len(windows.values) - 1)
        last = windows.values[rows, 0].astype(np.float64)
        if not self.ahead:
            last = np.where(chosen, 0.0, last)
        return np.repeat(last[:, None], windows.horizon, axis=1)
