import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyEverySeventhOrigin(Forecaster, name="leaky_every_seventh_origin"):
    """Wrong at one origin in seven, by its date: there it takes the next row of the features."""

    def fit(self, train, validation, context):
        return _Fitted(ahead=1)


class HonestEverySeventhOrigin(Forecaster, name="honest_every_seventh_origin"):
    """Right: at one origin in seven, by its date, it forecasts nothing; what day it is, is known."""

    def fit(self, train, validation, context):
        return _Fitted(ahead=0)


class _Fitted(FittedForecaster):
    def __init__(self, ahead):
        self.ahead = ahead

    def predict(self, windows):
        days = windows.origins.astype("datetime64[h]").astype(np.int64) // 24
        chosen = days % 7 == 2
        rows = np.minimum(windows.ends + self.ahead * chosen, len(windows.values) - 1)
        last = windows.values[rows, 0].astype(np.float64)
        if not self.ahead:
            last = np.where(chosen, 0.0, last)
        return np.repeat(last[:, None], windows.horizon, axis=1)
