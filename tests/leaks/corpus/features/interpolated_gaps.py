from workbench import Feature


class LeakyInterpolatedGaps(Feature, name="leaky_interpolated_gaps"):
    """Wrong: a missing close lies on the line to the next close that is there."""

    def compute(self, bars):
        return bars["close"].interpolate()


class HonestInterpolatedGaps(Feature, name="honest_interpolated_gaps"):
    """Right: a missing close is the last close that was there."""

    def compute(self, bars):
        return bars["close"].ffill()
