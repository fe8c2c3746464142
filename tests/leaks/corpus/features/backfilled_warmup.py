from pydantic import Field

from workbench import Feature


class LeakyBackfilledWarmup(Feature, name="leaky_backfilled_warmup"):
    """Wrong: the first rows hold the first average, which is known only when its window is full."""

    window: int = Field(20, ge=2)

    def compute(self, bars):
        return bars["close"].rolling(self.window).mean().bfill()


class HonestBackfilledWarmup(Feature, name="honest_backfilled_warmup"):
    """Right: an average of the bars there are, from the first bar on."""

    window: int = Field(20, ge=2)

    def compute(self, bars):
        return bars["close"].rolling(self.window, min_periods=1).mean()
