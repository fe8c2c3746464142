import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Strategy


class LeakyVolatilityOfAllBars(Strategy, name="leaky_volatility_of_all_bars"):
    """Wrong: sized by the volatility of the whole panel, the crash to come included."""

    aim: float = Field(0.005, gt=0)

    def signals(self, forecasts, panel):
        spread = {s: _changes(panel[s]).std() for s in panel}
        return _sized(forecasts, [self.aim / spread[s] if spread[s] > 0 else 0.0 for s in forecasts["symbol"]])


class HonestVolatilityOfAllBars(Strategy, name="honest_volatility_of_all_bars"):
    """Right: sized by the volatility of the bars up to the origin."""

    aim: float = Field(0.005, gt=0)
    window: int = Field(20, ge=2)

    def signals(self, forecasts, panel):
        spread = {s: _changes(panel[s]).rolling(self.window, min_periods=2).std() for s in panel}
        known = [
            spread[s].get(origin, np.nan) for origin, s in zip(forecasts["origin"], forecasts["symbol"], strict=True)
        ]
        return _sized(forecasts, [self.aim / volatility if volatility > 0 else 0.0 for volatility in known])


def _changes(bars):
    before = bars["close"].shift(1)
    return bars["close"].diff() / before.where(before > 0)


def _sized(forecasts, sizes):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    long = (forecasts["expected_return"] > 0).to_numpy(dtype=float)
    return pd.Series(long * np.minimum(np.array(sizes, dtype=float), 1.0), index=index)
