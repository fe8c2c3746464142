import numpy as np
from pydantic import Field

from workbench import Feature


class LeakyTwoPercentOfRows(Feature, name="leaky_two_percent_of_rows"):
    """Wrong in two rows of a hundred, drawn at random: they hold the next change."""

    seed: int = Field(5, ge=0)

    def compute(self, bars):
        change = bars["close"].diff().fillna(0.0)
        drawn = np.random.default_rng(self.seed).random(len(bars)) < 0.02
        return change.mask(drawn, change.shift(-1).fillna(0.0))


class HonestTwoPercentOfRows(Feature, name="honest_two_percent_of_rows"):
    """Right: in two rows of a hundred, drawn at random, the change is left out as if it were missing."""

    seed: int = Field(5, ge=0)

    def compute(self, bars):
        change = bars["close"].diff().fillna(0.0)
        drawn = np.random.default_rng(self.seed).random(len(bars)) < 0.02
        return change.mask(drawn, 0.0)
