from workbench import Feature


class LeakyUnfinishedSession(Feature, name="leaky_unfinished_session"):
    """Wrong, and on intraday bars only: the session's volume, from its first bar on."""

    def compute(self, bars):
        return bars["volume"].groupby(bars.index.normalize()).transform("sum")


class HonestUnfinishedSession(Feature, name="honest_unfinished_session"):
    """Right: the session's volume so far."""

    def compute(self, bars):
        return bars["volume"].groupby(bars.index.normalize()).cumsum()
