from pydantic import Field

from workbench import Feature


class LeakyCentredMean(Feature, name="leaky_centred_mean"):
    """Wrong: half of a centred window lies in the future."""

    window: int = Field(9, ge=3)

    def compute(self, bars):
        return bars["close"].rolling(self.window, center=True, min_periods=1).mean()


class HonestCentredMean(Feature, name="honest_centred_mean"):
    """Right: a trailing window, undefined until it is full."""

    window: int = Field(9, ge=3)

    @property
    def warmup(self):
        return self.window - 1

    def compute(self, bars):
        return bars["close"].rolling(self.window).mean()
