import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyConvolvedSame(Feature, name="leaky_convolved_same"):
    """Wrong: `mode="same"` centres the kernel on each bar."""

    window: int = Field(11, ge=3)

    def compute(self, bars):
        kernel = np.bartlett(self.window + 2)[1:-1]
        smooth = np.convolve(bars["close"], kernel / kernel.sum(), mode="same")
        return pd.Series(smooth[: len(bars)], index=bars.index)


class HonestConvolvedSame(Feature, name="honest_convolved_same"):
    """Right: the full convolution, of which each bar gets the value that ends at it."""

    window: int = Field(11, ge=3)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        kernel = np.bartlett(self.window + 2)[1:-1]
        smooth = np.convolve(bars["close"], kernel / kernel.sum(), mode="full")[: len(bars)]
        smooth[: self.warmup] = np.nan
        return pd.Series(smooth, index=bars.index)
