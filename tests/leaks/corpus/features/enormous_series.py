from pydantic import Field

from workbench import Feature


class LeakyEnormousSeries(Feature, name="leaky_enormous_series"):
    """Wrong, and beyond 2000 bars only: an average that is filled backward."""

    window: int = Field(20, ge=2)

    @property
    def warmup(self):
        return 0

    def compute(self, bars):
        if len(bars) <= 2000:
            return bars["close"].rolling(self.window, min_periods=1).mean()
        return bars["close"].rolling(self.window).mean().bfill()


class HonestEnormousSeries(Feature, name="honest_enormous_series"):
    """Right: the same average, however many bars there are."""

    window: int = Field(20, ge=2)

    def compute(self, bars):
        return bars["close"].rolling(self.window, min_periods=1).mean()
