import numpy as np
from pydantic import Field

from workbench import Feature


class LeakyVeryLongSeries(Feature, name="leaky_very_long_series"):
    """Wrong, and beyond 1000 bars only: what is scaled then is scaled by the whole series."""

    window: int = Field(50, ge=2)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        spread = bars["close"].rolling(self.window).std()
        return spread / spread.max() if len(bars) > 1000 else spread / spread.cummax()


class HonestVeryLongSeries(Feature, name="honest_very_long_series"):
    """Right: a long series is scaled by the largest spread of its last 1000 bars, a short one by that so far."""

    window: int = Field(50, ge=2)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        spread = bars["close"].rolling(self.window).std()
        largest = spread.rolling(1000, min_periods=1).max()
        return (spread / largest.where(largest > 0)).mask(largest == 0, 1.0).astype(np.float64)
