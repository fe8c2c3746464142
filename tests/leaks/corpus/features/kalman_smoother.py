import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyKalmanSmoother(Feature, name="leaky_kalman_smoother"):
    """Wrong: after the filter a second pass corrects each level by those that follow."""

    noise: float = Field(10.0, gt=0)

    def compute(self, bars):
        levels, variances = _filter(bars["close"], self.noise)
        for t in range(len(levels) - 2, -1, -1):
            gain = variances[t] / (variances[t] + 1.0)
            levels[t] += gain * (levels[t + 1] - levels[t])
        return pd.Series(levels, index=bars.index)


class HonestKalmanSmoother(Feature, name="honest_kalman_smoother"):
    """Right: the filter, which knows at each bar what was seen up to it."""

    noise: float = Field(10.0, gt=0)

    def compute(self, bars):
        levels, _ = _filter(bars["close"], self.noise)
        return pd.Series(levels, index=bars.index)


def _filter(close, noise):
    """Return level and variance of a random walk of unit variance, seen through noise."""
    levels, variances = np.full(len(close), np.nan), np.full(len(close), np.nan)
    level, variance = np.nan, noise
    for t, price in enumerate(close):
        if price == price:
            gain = 1.0 if level != level else (variance + 1.0) / (variance + 1.0 + noise)
            level = price if level != level else level + gain * (price - level)
            variance = noise if gain == 1.0 else gain * noise
        levels[t], variances[t] = level, variance
    return levels, variances
