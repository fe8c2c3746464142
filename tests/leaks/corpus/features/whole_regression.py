import numpy as np
from pydantic import Field

from workbench import Feature


class LeakyWholeRegression(Feature, name="leaky_whole_regression"):
    """Wrong: what volume explains is taken out with a slope fitted to the whole series."""

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        change, volume = bars["close"].diff(), bars["volume"]
        there = change.notna() & volume.notna()
        if there.sum() < 3:
            return change
        slope, level = np.polyfit(volume[there], change[there], 1)
        return change - (level + slope * volume)


class HonestWholeRegression(Feature, name="honest_whole_regression"):
    """Right: the slope at each bar is that of a trailing window; where volume stands still it is undefined."""

    window: int = Field(30, ge=3)

    @property
    def warmup(self):
        return self.window

    def compute(self, bars):
        change, volume = bars["close"].diff(), bars["volume"]
        variance = volume.rolling(self.window).var()
        slope = change.rolling(self.window).cov(volume) / variance.where(variance > 0)
        centre = volume.rolling(self.window).mean()
        return change - change.rolling(self.window).mean() - slope * (volume - centre)
