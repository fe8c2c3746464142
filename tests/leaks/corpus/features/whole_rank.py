from workbench import Feature


class LeakyWholeRank(Feature, name="leaky_whole_rank"):
    """Wrong: the rank of this close among all closes, those to come included."""

    def compute(self, bars):
        return bars["close"].rank(pct=True)


class HonestWholeRank(Feature, name="honest_whole_rank"):
    """Right: the rank of this close among those so far."""

    def compute(self, bars):
        return bars["close"].expanding().rank(pct=True)
