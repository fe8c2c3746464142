import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyQuantileBins(Feature, name="leaky_quantile_bins"):
    """Wrong: the borders of the bins are quantiles of the whole series."""

    bins: int = Field(5, ge=2)

    def compute(self, bars):
        codes = pd.qcut(bars["close"], self.bins, labels=False, duplicates="drop")
        return codes.astype(float)


class HonestQuantileBins(Feature, name="honest_quantile_bins"):
    """Right: the borders of the bins are quantiles of a trailing window."""

    bins: int = Field(5, ge=2)
    window: int = Field(50, ge=5)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        close = bars["close"]
        borders = [close.rolling(self.window).quantile(k / self.bins) for k in range(1, self.bins)]
        above = np.sum([close > border for border in borders], axis=0, dtype=float)
        return pd.Series(above, index=bars.index).where(borders[0].notna())
