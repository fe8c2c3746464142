from pydantic import Field

from workbench import Feature


class LeakyWinsorised(Feature, name="leaky_winsorised"):
    """Wrong: changes are clipped at quantiles of the whole series."""

    share: float = Field(0.05, gt=0, lt=0.5)

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        change = bars["close"].diff()
        return change.clip(change.quantile(self.share), change.quantile(1 - self.share))


class HonestWinsorised(Feature, name="honest_winsorised"):
    """Right: changes are clipped at the quantiles of those so far."""

    share: float = Field(0.05, gt=0, lt=0.5)

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        change = bars["close"].diff()
        seen = change.expanding(1)
        return change.clip(seen.quantile(self.share), seen.quantile(1 - self.share))
