from workbench import Feature


class LeakyFilledShift(Feature, name="leaky_filled_shift"):
    """Wrong: the next change, and `ffill` hides the NaN that would have shown it in the last row."""

    def compute(self, bars):
        return bars["close"].diff().shift(-1).ffill()


class HonestFilledShift(Feature, name="honest_filled_shift"):
    """Right: the change up to this bar, NaN in the first row; a missing one is carried from the past."""

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        return bars["close"].diff().ffill()
