import numpy as np
import pandas as pd

from workbench import Feature


class LeakyCentralDifferences(Feature, name="leaky_central_differences"):
    """Wrong: `np.gradient` takes half the way from the bar before to the bar after."""

    def compute(self, bars):
        if len(bars) < 2:
            return bars["close"] * 0.0
        return pd.Series(np.gradient(bars["close"]), index=bars.index)


class HonestCentralDifferences(Feature, name="honest_central_differences"):
    """Right: half the way from two bars before."""

    @property
    def warmup(self):
        return 2

    def compute(self, bars):
        return bars["close"].diff(2) / 2
