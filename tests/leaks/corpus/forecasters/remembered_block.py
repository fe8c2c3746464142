import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyRememberedBlock(Forecaster, name="leaky_remembered_block"):
    """Wrong: keeps the largest value that any block has shown, and forecasts every later block with it."""

    def fit(self, train, validation, context):
        return _FittedMemory(train)


class HonestRememberedBlock(Forecaster, name="honest_remembered_block"):
    """Right: each forecast looks for the largest value in the history of its own origin."""

    def fit(self, train, validation, context):
        return _FittedHistory()


class _FittedMemory(FittedForecaster):
    def __init__(self, train):
        self.largest = float(np.nanmax(np.abs(train.values)))

    def predict(self, windows):
        point = np.full((len(windows), windows.horizon), 0.01 * self.largest)
        self.largest = max(self.largest, float(np.nanmax(np.abs(windows.values))))
        return point


class _FittedHistory(FittedForecaster):
    def predict(self, windows):
        largest = [np.abs(np.nan_to_num(windows.history(i))).max() for i in range(len(windows))]
        return np.repeat(0.01 * np.array(largest)[:, None], windows.horizon, axis=1)
