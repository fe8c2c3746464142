import numpy as np
import pandas as pd

from workbench import Feature


class LeakyRolledArray(Feature, name="leaky_rolled_array"):
    """Wrong in the first row only: `np.roll` puts the last close of the series there."""

    def compute(self, bars):
        return pd.Series(np.roll(bars["close"], 1), index=bars.index)


class HonestRolledArray(Feature, name="honest_rolled_array"):
    """Right: the row that `np.roll` wraps around is undefined."""

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        before = np.roll(bars["close"].to_numpy(), 1)
        before[:1] = np.nan
        return pd.Series(before, index=bars.index)
