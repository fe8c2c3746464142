import numpy as np

from workbench import Feature


class LeakyUnchangedCloses(Feature, name="leaky_unchanged_closes"):
    """Wrong, and on bars that close where the last one did only: they get the direction of the next move."""

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        change = bars["close"].diff()
        return np.sign(change).mask(change == 0).bfill().where(change.notna())


class HonestUnchangedCloses(Feature, name="honest_unchanged_closes"):
    """Right: a bar that closes where the last one did keeps the direction of the last move."""

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        change = bars["close"].diff()
        return np.sign(change).mask(change == 0).ffill().where(change.notna())
