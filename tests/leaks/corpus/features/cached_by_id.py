from workbench import Feature

_MEANS = {}


class LeakyCachedById(Feature, name="leaky_cached_by_id"):
    """Wrong: the mean of the whole series, kept under an `id` that another frame may have later."""

    def compute(self, bars):
        if id(bars) not in _MEANS:
            _MEANS[id(bars)] = bars["close"].mean()
        return bars["close"] - _MEANS[id(bars)]


class HonestCachedById(Feature, name="honest_cached_by_id"):
    """Right: the mean so far, computed when it is asked for."""

    def compute(self, bars):
        return bars["close"] - bars["close"].expanding().mean()
