import numpy as np
import pandas as pd

from workbench import Feature


class LeakyBarsToTheEnd(Feature, name="leaky_bars_to_the_end"):
    """Wrong: bars that are still to come, a number only the end of the series knows."""

    def compute(self, bars):
        return pd.Series(np.arange(len(bars), 0, -1, dtype=float), index=bars.index)


class HonestBarsToTheEnd(Feature, name="honest_bars_to_the_end"):
    """Right: bars there have been."""

    def compute(self, bars):
        return pd.Series(np.arange(1, len(bars) + 1, dtype=float), index=bars.index)
