from workbench import Feature


class LeakyWholeMinMax(Feature, name="leaky_whole_min_max"):
    """Wrong: scaled to the range that the whole series will have had."""

    def compute(self, bars):
        low, high = bars["low"].min(), bars["high"].max()
        return (bars["close"] - low) / (high - low)


class HonestWholeMinMax(Feature, name="honest_whole_min_max"):
    """Right: scaled to the range so far; in the middle of it where there is no range yet."""

    def compute(self, bars):
        low, high = bars["low"].cummin(), bars["high"].cummax()
        reach = high - low
        return ((bars["close"] - low) / reach.where(reach > 0)).mask(reach == 0, 0.5)
