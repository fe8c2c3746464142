import numpy as np
import pandas as pd

from workbench import Strategy


class LeakyMonthNotYetOver(Strategy, name="leaky_month_not_yet_over"):
    """Wrong: long above the month's average close, which the month will know at its end."""

    def signals(self, forecasts, panel):
        return _above(forecasts, panel, {s: _by_month(panel[s]).transform("mean") for s in panel})


class HonestMonthNotYetOver(Strategy, name="honest_month_not_yet_over"):
    """Right: long above the average close of the month so far."""

    def signals(self, forecasts, panel):
        return _above(forecasts, panel, {s: _so_far(panel[s]) for s in panel})


def _by_month(bars):
    return bars["close"].groupby(bars.index.to_period("M"))


def _so_far(bars):
    count = bars["close"].notna().groupby(bars.index.to_period("M")).cumsum()
    return _by_month(bars).cumsum() / count.where(count > 0)


def _above(forecasts, panel, averages):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    above = [panel[s]["close"].get(origin, np.nan) > averages[s].get(origin, np.nan) for origin, s in index]
    return pd.Series(np.array(above, dtype=float), index=index)
