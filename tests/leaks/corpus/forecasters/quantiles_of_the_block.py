import numpy as np

from workbench import FittedForecaster, Forecaster, Prediction

LEVELS = np.array([0.1, 0.5, 0.9])


class LeakyQuantilesOfTheBlock(Forecaster, name="leaky_quantiles_of_the_block"):
    """Wrong in the quantiles only: their width is that of the moves inside the block."""

    def fit(self, train, validation, context):
        return _Fitted(train, honest=False)


class HonestQuantilesOfTheBlock(Forecaster, name="honest_quantiles_of_the_block"):
    """Right: their width is that of the training targets."""

    def fit(self, train, validation, context):
        return _Fitted(train, honest=True)


class _Fitted(FittedForecaster):
    def __init__(self, train, honest):
        self.honest = honest
        self.quantiles = np.quantile(train.targets, LEVELS, axis=0).T  # (horizon, q)

    def predict(self, windows):
        width = 1.0 if self.honest else 1.0 + np.abs(np.diff(windows.last_price)).mean() if len(windows) > 1 else 1.0
        quantiles = np.tile(self.quantiles * width, (len(windows), 1, 1))
        return Prediction(np.zeros((len(windows), windows.horizon)), LEVELS, quantiles)
