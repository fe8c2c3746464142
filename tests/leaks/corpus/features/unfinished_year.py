from workbench import Feature


class LeakyUnfinishedYear(Feature, name="leaky_unfinished_year"):
    """Wrong: the distance to the high that the year will have made."""

    def compute(self, bars):
        return bars["close"] - bars["high"].groupby(bars.index.year).transform("max")


class HonestUnfinishedYear(Feature, name="honest_unfinished_year"):
    """Right: the distance to the year's high so far."""

    def compute(self, bars):
        return bars["close"] - bars["high"].groupby(bars.index.year).cummax()
