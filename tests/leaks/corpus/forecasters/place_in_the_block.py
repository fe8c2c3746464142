import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyPlaceInTheBlock(Forecaster, name="leaky_place_in_the_block"):
    """Wrong: fades with the share of the block that is over, which tells how many origins are to come."""

    def fit(self, train, validation, context):
        return _Fitted(train, fades=True)


class HonestPlaceInTheBlock(Forecaster, name="honest_place_in_the_block"):
    """Right: the same mean, wherever in the block the origin stands."""

    def fit(self, train, validation, context):
        return _Fitted(train, fades=False)


class _Fitted(FittedForecaster):
    def __init__(self, train, fades):
        self.mean, self.fades = train.targets.mean(axis=0), fades

    def predict(self, windows):
        weight = 1 - np.arange(len(windows)) / len(windows) if self.fades else np.ones(len(windows))
        return weight[:, None] * self.mean
