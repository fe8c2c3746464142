import numpy as np

from workbench import Target


class _SmoothedReturn(Target):
    def to_price(self, forecast, last_price):
        return None

    def persistence(self, windows):
        return np.zeros((len(windows), windows.horizon))


class LeakySmoothedBeyondTheHorizon(_SmoothedReturn, name="leaky_smoothed_beyond_the_horizon"):
    """Wrong: step `k` averages the closes around bar `t + k`, one bar beyond it included."""

    def compute(self, bars, horizon):
        close = bars["close"]
        around = close.rolling(3, center=True, min_periods=1).mean()
        return np.column_stack([around.shift(-k) - close for k in range(1, horizon + 1)])


class HonestSmoothedBeyondTheHorizon(_SmoothedReturn, name="honest_smoothed_beyond_the_horizon"):
    """Right: step `k` averages the closes of bars `t + 1` to `t + k`, the last of which is known at its end."""

    def compute(self, bars, horizon):
        close = bars["close"]
        return np.column_stack([close.rolling(k).mean().shift(-k) - close for k in range(1, horizon + 1)])
