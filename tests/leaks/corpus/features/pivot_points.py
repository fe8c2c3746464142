from pydantic import Field

from workbench import Feature


class LeakyPivotPoints(Feature, name="leaky_pivot_points"):
    """Wrong: a high is marked where it was, though it is one only when lower highs have followed."""

    wing: int = Field(3, ge=1)

    def compute(self, bars):
        width = 2 * self.wing + 1
        around = bars["high"].rolling(width, center=True, min_periods=1).max()
        return (bars["high"] == around).astype(float)


class HonestPivotPoints(Feature, name="honest_pivot_points"):
    """Right: a high is marked on the bar that confirms it."""

    wing: int = Field(3, ge=1)

    @property
    def warmup(self):
        return 2 * self.wing

    def compute(self, bars):
        around = bars["high"].rolling(2 * self.wing + 1).max()
        return (bars["high"].shift(self.wing) == around).astype(float).where(around.notna())
