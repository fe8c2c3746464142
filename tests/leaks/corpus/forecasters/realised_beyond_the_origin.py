import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyRealisedBeyondTheOrigin(Forecaster, name="leaky_realised_beyond_the_origin"):
    """Wrong: `windows.realised` reaches to the end of the block; the row after the origin is the answer."""

    def fit(self, train, validation, context):
        return _FittedPeek()


class HonestRealisedBeyondTheOrigin(Forecaster, name="honest_realised_beyond_the_origin"):
    """Right: `windows.history(i)` ends at the origin; the last change is forecast again."""

    def fit(self, train, validation, context):
        return _FittedRepeat()


class _FittedPeek(FittedForecaster):
    def predict(self, windows):
        return np.array([[self._peek(windows, i)] * windows.horizon for i in range(len(windows))])

    def _peek(self, windows, i):
        symbol = str(windows.symbols[i])
        beyond = windows.realised[symbol][windows.ends[i] - windows.first_rows[symbol] + 1 :]
        return beyond[0] if len(beyond) else 0.0


class _FittedRepeat(FittedForecaster):
    def predict(self, windows):
        last = np.array([windows.history(i)[-1] for i in range(len(windows))])
        return np.repeat(np.nan_to_num(last)[:, None], windows.horizon, axis=1)
