from typing import ClassVar

from workbench import Feature


class LeakyClassMemory(Feature, name="leaky_class_memory"):
    """Wrong: the class remembers the highest close of any series it was given, and scales all others by it."""

    highest: ClassVar[list] = [0.0]

    def compute(self, bars):
        self.highest[0] = max(self.highest[0], float(bars["close"].abs().max()))
        return bars["close"] / (self.highest[0] or 1.0)


class HonestClassMemory(Feature, name="honest_class_memory"):
    """Right: scaled by the highest close so far of this series."""

    def compute(self, bars):
        highest = bars["close"].abs().cummax()
        return bars["close"] / highest.where(highest > 0, 1.0)
