import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyNextEvent(Feature, name="leaky_next_event"):
    """Wrong: bars until the next ten-bar high, which nobody has in a calendar."""

    window: int = Field(10, ge=2)

    def compute(self, bars):
        events = np.flatnonzero(_is_high(bars, self.window))
        rows = np.arange(len(bars))
        following = np.append(events, len(bars))[np.searchsorted(events, rows, side="right")]
        return pd.Series((following - rows).astype(float), index=bars.index)


class HonestNextEvent(Feature, name="honest_next_event"):
    """Right: bars since the last ten-bar high."""

    window: int = Field(10, ge=2)

    def compute(self, bars):
        rows = np.arange(len(bars))
        last = np.maximum.accumulate(np.where(_is_high(bars, self.window), rows, 0))
        return pd.Series((rows - last).astype(float), index=bars.index)


def _is_high(bars, window):
    return (bars["close"] >= bars["close"].rolling(window, min_periods=1).max()).to_numpy()
