from workbench import Feature


class LeakyBackfilledVolume(Feature, name="leaky_backfilled_volume"):
    """Wrong: a bar without volume borrows that of the next bar that has one."""

    def compute(self, bars):
        return bars["volume"].where(bars["volume"] > 0).bfill()


class HonestBackfilledVolume(Feature, name="honest_backfilled_volume"):
    """Right: a bar without volume repeats that of the last bar that had one."""

    def compute(self, bars):
        return bars["volume"].where(bars["volume"] > 0).ffill()
