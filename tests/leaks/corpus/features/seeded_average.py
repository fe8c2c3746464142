import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakySeededAverage(Feature, name="leaky_seeded_average"):
    """Wrong: the average starts from the mean of its first window, and is shown before that window is over."""

    window: int = Field(20, ge=2)

    def compute(self, bars):
        close = bars["close"].ffill()
        return _smooth(close, close.iloc[: self.window].mean(), 2 / (self.window + 1))


class HonestSeededAverage(Feature, name="honest_seeded_average"):
    """Right: the same start, as published, and undefined until that window is over."""

    window: int = Field(20, ge=2)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        close = bars["close"].ffill()
        if len(close) < self.window:
            return close * float("nan")
        after = _smooth(close.iloc[self.window :], close.iloc[: self.window].mean(), 2 / (self.window + 1))
        seed = pd.Series([close.iloc[: self.window].mean()], index=close.index[self.warmup : self.window])
        return pd.concat([seed, after]).reindex(bars.index)


def _smooth(close, level, weight):
    levels = []
    for price in close:
        level += weight * (price - level)
        levels.append(level)
    return pd.Series(levels, index=close.index, dtype=float)
