from workbench import Feature


class LeakyNegativePrices(Feature, name="leaky_negative_prices"):
    """Wrong, and at prices that are not positive only: they are taken for errors and filled from the next bar."""

    def compute(self, bars):
        close, wrong = bars["close"], bars["close"] <= 0
        return close.mask(wrong, close.mask(wrong).bfill())


class HonestNegativePrices(Feature, name="honest_negative_prices"):
    """Right: a price that is not positive repeats the last one that was."""

    def compute(self, bars):
        return bars["close"].where(bars["close"] > 0).ffill()
