import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyFittedAgainInPredict(Forecaster, name="leaky_fitted_again_in_predict"):
    """Wrong: the slope is estimated again in `predict`, on the whole series of the block."""

    def fit(self, train, validation, context):
        return _Fitted(upto_origin=False)


class HonestFittedAgainInPredict(Forecaster, name="honest_fitted_again_in_predict"):
    """Right: the slope is estimated again in `predict`, for each origin on its history."""

    def fit(self, train, validation, context):
        return _Fitted(upto_origin=True)


class _Fitted(FittedForecaster):
    def __init__(self, upto_origin):
        self.upto_origin = upto_origin

    def predict(self, windows):
        point = [self._forecast(windows, i) for i in range(len(windows))]
        return np.repeat(np.array(point)[:, None], windows.horizon, axis=1)

    def _forecast(self, windows, i):
        history = windows.history(i)
        series = history if self.upto_origin else windows.realised[str(windows.symbols[i])]
        known = series[np.isfinite(series)]
        before, after = known[:-1], known[1:]
        power = before @ before
        slope = (before @ after) / power if power > 0 else 0.0
        return slope * np.nan_to_num(history[-1])
