import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyLongSeries(Feature, name="leaky_long_series"):
    """Wrong, and beyond 500 bars only: the quick way for long series centres its window."""

    window: int = Field(10, ge=2)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        if len(bars) <= 500:
            return bars["close"].rolling(self.window).mean()
        smooth = bars["close"].rolling(self.window, center=True, min_periods=1).mean()
        return smooth.where(np.arange(len(bars)) >= self.warmup)


class HonestLongSeries(Feature, name="honest_long_series"):
    """Right: the quick way gives the numbers of the slow one, but for rounding."""

    window: int = Field(10, ge=2)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        if len(bars) <= 500:
            return bars["close"].rolling(self.window).mean()
        full = np.convolve(bars["close"], np.full(self.window, 1 / self.window), mode="valid")
        return pd.Series(np.concatenate([np.full(self.warmup, np.nan), full]), index=bars.index)
