import pandas as pd
from pydantic import Field

from workbench import Feature


class LeakyNearestJoin(Feature, name="leaky_nearest_join"):
    """Wrong: a slower series is joined by the nearest date, which may be a later one."""

    every: int = Field(20, ge=2, description="bars between two values of the slower series")

    def compute(self, bars):
        slow = bars[["known_at", "close"]].iloc[:: self.every]
        joined = pd.merge_asof(bars[["known_at"]], slow, on="known_at", direction="nearest")
        return joined["close"].set_axis(bars.index)


class HonestNearestJoin(Feature, name="honest_nearest_join"):
    """Right: the last value of the slower series that is known."""

    every: int = Field(20, ge=2, description="bars between two values of the slower series")

    def compute(self, bars):
        slow = bars[["known_at", "close"]].iloc[:: self.every]
        joined = pd.merge_asof(bars[["known_at"]], slow, on="known_at", direction="backward")
        return joined["close"].set_axis(bars.index)
