import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyScaledByTheBlock(Forecaster, name="leaky_scaled_by_the_block"):
    """Wrong: `predict` standardises its input by the mean and deviation of the block it was handed."""

    def fit(self, train, validation, context):
        return _Fitted(train, scale=None)


class HonestScaledByTheBlock(Forecaster, name="honest_scaled_by_the_block"):
    """Right: `predict` standardises by the mean and deviation of the training windows."""

    def fit(self, train, validation, context):
        return _Fitted(train, scale=_scale(_averages(train)))


class _Fitted(FittedForecaster):
    def __init__(self, train, scale):
        self.scale = scale
        self.mean = train.targets.mean(axis=0)  # (horizon,)

    def predict(self, windows):
        seen = _averages(windows)
        mean, spread = self.scale or _scale(seen)
        return self.mean + 0.1 * np.abs(self.mean) * ((seen - mean) / spread)[:, None]


def _averages(windows):
    return windows.batch().mean(axis=(1, 2), dtype=np.float64)  # (n,)


def _scale(seen):
    return float(seen.mean()), float(seen.std()) or 1.0
