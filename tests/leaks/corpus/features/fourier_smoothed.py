import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyFourierSmoothed(Feature, name="leaky_fourier_smoothed"):
    """Wrong: a transform of the whole series, with its high frequencies cut off."""

    kept: int = Field(10, ge=1)

    def compute(self, bars):
        close = bars["close"].ffill().bfill().to_numpy()
        spectrum = np.fft.rfft(close)
        spectrum[self.kept :] = 0
        return pd.Series(np.fft.irfft(spectrum, len(close)), index=bars.index)


class HonestFourierSmoothed(Feature, name="honest_fourier_smoothed"):
    """Right: the transform only speeds up a filter that looks back; its rounding noise is no information."""

    window: int = Field(40, ge=2)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        from scipy.signal import fftconvolve

        close = bars["close"].ffill()  # one NaN would spread over the whole transform
        start = int(close.isna().sum())
        out = np.full(len(close), np.nan)
        values = close.to_numpy()[start:]
        if len(values) >= self.window:
            weights = np.exp(-np.arange(self.window) / (self.window / 4))
            base = values[0]  # keeps the numbers, and so the noise, small
            smooth = fftconvolve(values - base, weights / weights.sum())[: len(values)] + base
            out[start + self.window - 1 :] = smooth[self.window - 1 :]
        return pd.Series(out, index=bars.index)
