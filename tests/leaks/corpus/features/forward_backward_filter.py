import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyForwardBackwardFilter(Feature, name="leaky_forward_backward_filter"):
    """Wrong: `filtfilt` runs the filter a second time, from the end to the start."""

    cutoff: float = Field(0.1, gt=0, lt=1)

    def compute(self, bars):
        from scipy.signal import butter, filtfilt

        close = bars["close"].ffill().bfill()
        if len(close) < 20:
            return close
        return pd.Series(filtfilt(*butter(2, self.cutoff), close), index=bars.index)


class HonestForwardBackwardFilter(Feature, name="honest_forward_backward_filter"):
    """Right: `lfilter` runs forward only, from the state of a series that stood at its first close."""

    cutoff: float = Field(0.1, gt=0, lt=1)

    def compute(self, bars):
        from scipy.signal import butter, lfilter, lfilter_zi

        close = bars["close"].ffill()
        start = int(close.isna().sum())
        out = np.full(len(close), np.nan)
        if start < len(close):
            b, a = butter(2, self.cutoff)
            values = close.to_numpy()[start:]
            out[start:], _ = lfilter(b, a, values, zi=lfilter_zi(b, a) * values[0])
        return pd.Series(out, index=bars.index)
