import pandas as pd

from workbench import Feature


class LeakyMutableDefault(Feature, name="leaky_mutable_default"):
    """Wrong: the list of closes seen is made once, with the function, and outlives the call."""

    def compute(self, bars):
        return _mean_so_far(bars["close"])


def _mean_so_far(close, seen=[]):  # noqa: B006 the mistake that is shown
    means = []
    for price in close:
        seen.append(price)
        means.append(sum(seen[-5000:]) / len(seen[-5000:]))
    return pd.Series(means, index=close.index)


class HonestMutableDefault(Feature, name="honest_mutable_default"):
    """Right: every call begins with an empty list."""

    def compute(self, bars):
        total, means = 0.0, []
        for count, price in enumerate(bars["close"], start=1):
            total += price
            means.append(total / count)
        return pd.Series(means, index=bars.index, dtype=float)
