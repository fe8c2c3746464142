from pydantic import Field

from workbench import Feature


class LeakyWholeZScore(Feature, name="leaky_whole_z_score"):
    """Wrong: mean and deviation are those of the whole series."""

    def compute(self, bars):
        close = bars["close"]
        return (close - close.mean()) / close.std()


class HonestWholeZScore(Feature, name="honest_whole_z_score"):
    """Right: mean and deviation of the bars seen so far."""

    first: int = Field(20, ge=2, description="bars after which the deviation is trusted")

    @property
    def warmup(self):
        return self.first - 1

    def compute(self, bars):
        seen = bars["close"].expanding(self.first)
        spread = seen.std()
        return (bars["close"] - seen.mean()) / spread.where(spread > 0)
