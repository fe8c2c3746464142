from functools import lru_cache

import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature

_LONGEST = {}


class LeakyLongestSeriesSeen(Feature, name="leaky_longest_series_seen"):
    """Wrong: what was computed for a longer series is kept, and handed out for a shorter one of the same start."""

    window: int = Field(9, ge=3)

    def compute(self, bars):
        kept = _LONGEST.get(bars.index[0])
        if kept is None or len(kept) < len(bars):
            kept = _LONGEST[bars.index[0]] = bars["close"].rolling(self.window, center=True, min_periods=1).mean()
        return kept.iloc[: len(bars)].set_axis(bars.index)


class HonestLongestSeriesSeen(Feature, name="honest_longest_series_seen"):
    """Right: a cache too, but its key is every number that the result depends on."""

    window: int = Field(9, ge=2)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        close = bars["close"].to_numpy(dtype=np.float64)
        return pd.Series(_average(close.tobytes(), self.window), index=bars.index, copy=True)


@lru_cache(maxsize=4)
def _average(raw, window):
    return pd.Series(np.frombuffer(raw)).rolling(window).mean().to_numpy()
