import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyWholeTrendLine(Feature, name="leaky_whole_trend_line"):
    """Wrong: the trend is a line through the whole series."""

    def compute(self, bars):
        close = bars["close"].ffill().bfill()
        if len(close) < 3:
            return close - close.iloc[0]
        row = np.arange(len(close))
        return close - np.polyval(np.polyfit(row, close, 1), row)


class HonestWholeTrendLine(Feature, name="honest_whole_trend_line"):
    """Right: the trend at each bar is the end of a line through a trailing window."""

    window: int = Field(30, ge=3)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        close = bars["close"].to_numpy()
        row = np.arange(self.window)
        design = np.column_stack([np.ones(self.window), row])
        end_of_line = np.array([1.0, row[-1]]) @ np.linalg.pinv(design)  # weights of the window's closes
        out = np.full(len(close), np.nan)
        if len(close) >= self.window:
            blocks = np.lib.stride_tricks.sliding_window_view(close, self.window)
            out[self.window - 1 :] = close[self.window - 1 :] - blocks @ end_of_line
        return pd.Series(out, index=bars.index)
