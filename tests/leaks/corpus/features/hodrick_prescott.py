import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyHodrickPrescott(Feature, name="leaky_hodrick_prescott"):
    """Wrong: the trend at each bar is smooth with regard to all later bars too."""

    penalty: float = Field(1600.0, gt=0)

    def compute(self, bars):
        from scipy.linalg import solveh_banded

        close = bars["close"].ffill().bfill().to_numpy()
        if len(close) < 5:
            return bars["close"] * 0.0
        curvature = np.diff(np.eye(len(close)), 2, axis=0)
        whole = np.eye(len(close)) + self.penalty * curvature.T @ curvature
        banded = np.array([np.pad(np.diagonal(whole, k), (k, 0)) for k in (2, 1, 0)])
        return pd.Series(close - solveh_banded(banded, close), index=bars.index)


class HonestHodrickPrescott(Feature, name="honest_hodrick_prescott"):
    """Right: the one-sided filter, which keeps of each trailing window's trend only the last value."""

    penalty: float = Field(1600.0, gt=0)
    window: int = Field(40, ge=5)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        close = bars["close"].to_numpy()
        out = np.full(len(close), np.nan)
        if len(close) >= self.window:
            blocks = np.lib.stride_tricks.sliding_window_view(close, self.window)
            out[self.window - 1 :] = close[self.window - 1 :] - blocks @ self._weights()
        return pd.Series(out, index=bars.index)

    def _weights(self):
        curvature = np.diff(np.eye(self.window), 2, axis=0)
        smoother = np.linalg.inv(np.eye(self.window) + self.penalty * curvature.T @ curvature)
        return smoother[-1]
