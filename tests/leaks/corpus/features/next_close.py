from workbench import Feature


class LeakyNextClose(Feature, name="leaky_next_close"):
    """Wrong: `shift(-1)` puts the next bar's close into this row."""

    def compute(self, bars):
        return bars["close"].shift(-1)


class HonestNextClose(Feature, name="honest_next_close"):
    """Right: `shift(1)` puts the last bar's close into this row."""

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        return bars["close"].shift(1)
