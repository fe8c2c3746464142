import numpy as np

from workbench import Target


class _Change(Target):
    def compute(self, bars, horizon):
        close = bars["close"]
        return np.column_stack([close.shift(-k) - close for k in range(1, horizon + 1)])

    def to_price(self, forecast, last_price):
        return last_price[:, None] + forecast

    def persistence(self, windows):
        return np.zeros((len(windows), windows.horizon))


class LeakyRealisedNotLagged(_Change, name="leaky_realised_not_lagged"):
    """Wrong: `realised` gives the change after a row as if it were known at it."""

    def realised(self, bars):
        return self.compute(bars, 1)[:, 0]


class HonestRealisedNotLagged(_Change, name="honest_realised_not_lagged"):
    """Right: `realised` gives the change that ends at a row."""

    def realised(self, bars):
        return bars["close"].diff().to_numpy()
