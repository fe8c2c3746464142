from pydantic import Field

from workbench import Feature


class LeakyBackAdjusted(Feature, name="leaky_back_adjusted"):
    """Wrong: each large jump is taken for a split, and all closes before it are divided by it."""

    jump: float = Field(0.25, gt=0)

    def compute(self, bars):
        factor = _jumps(bars, self.jump)
        return bars["close"] * factor[::-1].cumprod()[::-1].shift(-1).fillna(1.0)


class HonestBackAdjusted(Feature, name="honest_back_adjusted"):
    """Right: closes after a jump are multiplied up, so that what was written before stays."""

    jump: float = Field(0.25, gt=0)

    def compute(self, bars):
        return bars["close"] / _jumps(bars, self.jump).cumprod()


def _jumps(bars, size):
    before = bars["close"].shift(1)
    ratio = bars["open"] / before.where(before > 0)
    large = (ratio > 1 + size) | ((ratio > 0) & (ratio < 1 / (1 + size)))
    return ratio.where(large, 1.0)
