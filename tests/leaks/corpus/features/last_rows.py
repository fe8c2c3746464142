import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyLastRows(Feature, name="leaky_last_rows"):
    """Wrong in the last rows only: the delayed average is moved back, and its end padded with the last close."""

    delay: int = Field(3, ge=1)

    def compute(self, bars):
        average = bars["close"].rolling(2 * self.delay + 1, min_periods=1).mean()
        row = np.arange(len(bars))
        return average.where(row < len(bars) - self.delay, bars["close"].iloc[-1])


class HonestLastRows(Feature, name="honest_last_rows"):
    """Right: an average is as late as it is."""

    delay: int = Field(3, ge=1)

    def compute(self, bars):
        average = bars["close"].rolling(2 * self.delay + 1, min_periods=1).mean()
        return pd.Series(average.to_numpy(), index=bars.index)
