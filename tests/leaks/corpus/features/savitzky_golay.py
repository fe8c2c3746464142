import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakySavitzkyGolay(Feature, name="leaky_savitzky_golay"):
    """Wrong: the polynomial is read in the middle of its window."""

    window: int = Field(15, ge=5)

    def compute(self, bars):
        from scipy.signal import savgol_filter

        close = bars["close"].ffill().bfill()
        if len(close) < self.window:
            return close
        return pd.Series(savgol_filter(close, self.window, 2), index=bars.index)


class HonestSavitzkyGolay(Feature, name="honest_savitzky_golay"):
    """Right: the polynomial is read at the last bar of its window."""

    window: int = Field(15, ge=5)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        from scipy.signal import savgol_coeffs

        weights = savgol_coeffs(self.window, 2, pos=self.window - 1, use="dot")
        return bars["close"].rolling(self.window).apply(weights.dot, raw=True)
