from workbench import Feature


class LeakyHaltedBars(Feature, name="leaky_halted_bars"):
    """Wrong, and on bars without volume only: where trading was halted, the close after the halt is taken."""

    def compute(self, bars):
        close, halted = bars["close"], bars["volume"] == 0
        return close.mask(halted, close.mask(halted).bfill())


class HonestHaltedBars(Feature, name="honest_halted_bars"):
    """Right: where trading was halted, the close before the halt stands."""

    def compute(self, bars):
        close = bars["close"]
        return close.mask(bars["volume"] == 0).ffill().fillna(close.iloc[0])
