from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import Strategy


class LeakyMemoryAcrossCalls(Strategy, name="leaky_memory_across_calls"):
    """Wrong: the class keeps the largest forecast of any block it has seen, and sizes all others by it."""

    largest: ClassVar[list] = [0.0]

    def signals(self, forecasts, panel):
        expected = forecasts["expected_return"].to_numpy(dtype=float)
        self.largest[0] = max(self.largest[0], float(np.nan_to_num(np.abs(expected)).max(initial=0.0)))
        return _sized(forecasts, expected / (self.largest[0] or 1.0))


class HonestMemoryAcrossCalls(Strategy, name="honest_memory_across_calls"):
    """Right: sizes every forecast by a parameter."""

    def signals(self, forecasts, panel):
        return _sized(forecasts, forecasts["expected_return"].to_numpy(dtype=float) * 10.0)


def _sized(forecasts, sizes):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    return pd.Series(np.clip(np.nan_to_num(sizes), -1.0, 1.0), index=index)
