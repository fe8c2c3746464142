from workbench import Feature


class LeakyNextGap(Feature, name="leaky_next_gap"):
    """Wrong: the gap at which the next bar will open, a label among the features."""

    def compute(self, bars):
        return (bars["open"].shift(-1) - bars["close"]).fillna(0.0)


class HonestNextGap(Feature, name="honest_next_gap"):
    """Right: the gap at which this bar opened."""

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        return bars["open"] - bars["close"].shift(1)
