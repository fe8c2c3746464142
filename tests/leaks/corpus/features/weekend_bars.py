import numpy as np

from workbench import Feature


class LeakyWeekendBars(Feature, name="leaky_weekend_bars"):
    """Wrong, and in markets that never close only: Saturday and Sunday count as the Monday after."""

    def compute(self, bars):
        close, weekend = bars["close"], bars.index.day_of_week >= 5
        return close.mask(weekend, close.mask(weekend).bfill())


class HonestWeekendBars(Feature, name="honest_weekend_bars"):
    """Right: Saturday and Sunday count as the Friday before."""

    def compute(self, bars):
        close = bars["close"]
        kept = (bars.index.day_of_week < 5) | (np.arange(len(bars)) == 0)
        return close.where(kept).ffill()
