import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Strategy


class LeakyStopBelowTheLowToCome(Strategy, name="leaky_stop_below_the_low_to_come"):
    """Wrong in the stop only: it lies just below the low of the next bars, and is never hit."""

    bars: int = Field(5, ge=1)

    def signals(self, forecasts, panel):
        lows = {s: panel[s]["low"][::-1].rolling(self.bars, min_periods=1).min()[::-1] for s in panel}
        return _long_above(forecasts, lows)


class HonestStopBelowTheLowToCome(Strategy, name="honest_stop_below_the_low_to_come"):
    """Right: the stop lies just below the low of the last bars."""

    bars: int = Field(5, ge=1)

    def signals(self, forecasts, panel):
        lows = {s: panel[s]["low"].rolling(self.bars, min_periods=1).min() for s in panel}
        return _long_above(forecasts, lows)


def _long_above(forecasts, lows):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    stop = np.array([lows[s].get(origin, np.nan) for origin, s in index], dtype=float) * 0.99
    long = (forecasts["expected_return"] > 0).to_numpy(dtype=float)
    return pd.DataFrame({"position": long, "stop": np.where(stop > 0, stop, np.nan)}, index=index)
