import numpy as np
from pydantic import Field

from workbench import FittedForecaster, Forecaster


class LeakyMeanOfTheBlock(Forecaster, name="leaky_mean_of_the_block"):
    """Wrong: shrinks each forecast toward the mean of all forecasts of the block."""

    share: float = Field(0.5, ge=0, le=1)

    def fit(self, train, validation, context):
        return _Fitted(self.share, None)


class HonestMeanOfTheBlock(Forecaster, name="honest_mean_of_the_block"):
    """Right: shrinks each forecast toward the mean of the training targets."""

    share: float = Field(0.5, ge=0, le=1)

    def fit(self, train, validation, context):
        return _Fitted(self.share, train.targets.mean(axis=0))


class _Fitted(FittedForecaster):
    def __init__(self, share, centre):
        self.share, self.centre = share, centre

    def predict(self, windows):
        average = windows.batch().mean(axis=(1, 2), dtype=np.float64)
        own = np.repeat(average[:, None], windows.horizon, axis=1)
        centre = own.mean(axis=0) if self.centre is None else self.centre
        return (1 - self.share) * own + self.share * centre
