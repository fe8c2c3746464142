from workbench import Feature


class LeakyWeekdayMeans(Feature, name="leaky_weekday_means"):
    """Wrong: each weekday stands for the mean change after it, over the whole series."""

    def compute(self, bars):
        ahead = bars["close"].diff().shift(-1)
        return ahead.groupby(bars.index.day_of_week).transform("mean")


class HonestWeekdayMeans(Feature, name="honest_weekday_means"):
    """Right: the mean change on such weekdays so far."""

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        change, weekday = bars["close"].diff(), bars.index.day_of_week
        count = change.notna().groupby(weekday).cumsum()
        return change.groupby(weekday).cumsum() / count.where(count > 0)
