import numpy as np

from workbench import Target


class _Scaled(Target):
    def compute(self, bars, horizon):
        close = bars["close"]
        scale = self._scale(close)
        return np.column_stack([(close.shift(-k) - close) / scale for k in range(1, horizon + 1)])

    def to_price(self, forecast, last_price):
        return None

    def persistence(self, windows):
        return np.zeros((len(windows), windows.horizon))


class LeakyScaledByTheWhole(_Scaled, name="leaky_scaled_by_the_whole"):
    """Wrong: changes in units of the volatility of the whole series."""

    def _scale(self, close):
        return close.diff().std() or 1.0


class HonestScaledByTheWhole(_Scaled, name="honest_scaled_by_the_whole"):
    """Right: changes in units of the mean absolute change up to the origin; undefined while there is none."""

    def _scale(self, close):
        size = close.diff().abs().expanding().mean()
        return size.where(size > 0)
