import numpy as np
import pandas as pd

from workbench import Strategy


class LeakyPriceAtTheTargetTime(Strategy, name="leaky_price_at_the_target_time"):
    """Wrong: looks the bar of `target_time` up in the panel, and trades only forecasts that come true."""

    def signals(self, forecasts, panel):
        return _agreeing(forecasts, panel, "target_time", ahead=True)


class HonestPriceAtTheTargetTime(Strategy, name="honest_price_at_the_target_time"):
    """Right: looks the bar of the origin up, and trades only forecasts that its body agrees with."""

    def signals(self, forecasts, panel):
        return _agreeing(forecasts, panel, "origin", ahead=False)


def _agreeing(forecasts, panel, column, ahead):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    moves = []
    for (origin, symbol), time in zip(index, forecasts[column], strict=True):
        bars = panel[symbol]
        close = bars["close"].get(time, np.nan)
        moves.append(close - (bars["close"] if ahead else bars["open"]).get(origin, np.nan))
    side = np.sign(np.nan_to_num(forecasts["expected_return"].to_numpy(dtype=float)))
    return pd.Series(np.where(np.sign(np.nan_to_num(moves)) == side, side, 0.0), index=index)
