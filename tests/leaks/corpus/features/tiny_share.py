from workbench import Feature


class LeakyTinyShare(Feature, name="leaky_tiny_share"):
    """Wrong, and hardly to be seen: a ten-thousandth of the next bar's change is mixed in."""

    def compute(self, bars):
        close = bars["close"]
        return close + 1e-4 * close.diff().shift(-1).fillna(0.0)


class HonestTinyShare(Feature, name="honest_tiny_share"):
    """Right: a ten-thousandth of this bar's change is mixed in."""

    def compute(self, bars):
        close = bars["close"]
        return close + 1e-4 * close.diff().fillna(0.0)
