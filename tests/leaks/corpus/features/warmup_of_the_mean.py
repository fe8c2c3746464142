from pydantic import Field

from workbench import Feature


class LeakyWarmupOfTheMean(Feature, name="leaky_warmup_of_the_mean"):
    """Wrong: the warm-up is filled with the mean of the whole column, as `fillna=True` does in `ta`."""

    window: int = Field(14, ge=2)

    def compute(self, bars):
        momentum = bars["close"].diff(self.window)
        return momentum.fillna(momentum.mean())


class HonestWarmupOfTheMean(Feature, name="honest_warmup_of_the_mean"):
    """Right: the warm-up is NaN, and gaps inside hold the mean of what was seen before."""

    window: int = Field(14, ge=2)

    @property
    def warmup(self):
        return self.window

    def compute(self, bars):
        momentum = bars["close"].diff(self.window)
        return momentum.fillna(momentum.expanding().mean())
