from workbench import Feature


class LeakyUnfinishedMonth(Feature, name="leaky_unfinished_month"):
    """Wrong: the month's average close, from its first bar on."""

    def compute(self, bars):
        return bars["close"].groupby(bars.index.to_period("M")).transform("mean")


class HonestUnfinishedMonth(Feature, name="honest_unfinished_month"):
    """Right: the average of the month so far."""

    def compute(self, bars):
        close, month = bars["close"], bars.index.to_period("M")
        return close.groupby(month).cumsum() / close.notna().groupby(month).cumsum()
