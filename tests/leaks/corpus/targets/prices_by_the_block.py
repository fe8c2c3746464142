import numpy as np

from workbench import Target


class _SimpleChange(Target):
    def compute(self, bars, horizon):
        close = bars["close"]
        return np.column_stack([close.shift(-k) - close for k in range(1, horizon + 1)])

    def persistence(self, windows):
        return np.zeros((len(windows), windows.horizon))


class LeakyPricesByTheBlock(_SimpleChange, name="leaky_prices_by_the_block"):
    """Wrong: takes the mean of all forecasts of the block out before making prices of them."""

    def to_price(self, forecast, last_price):
        return last_price[:, None] + forecast - forecast.mean(axis=0)


class HonestPricesByTheBlock(_SimpleChange, name="honest_prices_by_the_block"):
    """Right: each price is made of its own forecast and its own last price."""

    def to_price(self, forecast, last_price):
        return last_price[:, None] + forecast
