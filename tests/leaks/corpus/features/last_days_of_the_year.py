from workbench import Feature


class LeakyLastDaysOfTheYear(Feature, name="leaky_last_days_of_the_year"):
    """Wrong, and on two or three days a year only: a look at the next bar's change."""

    def compute(self, bars):
        change = bars["close"].diff().fillna(0.0)
        late = (bars.index.month == 12) & (bars.index.day >= 29)
        return change.mask(late, change.shift(-1).fillna(0.0))


class HonestLastDaysOfTheYear(Feature, name="honest_last_days_of_the_year"):
    """Right: the last days of the year repeat the change seen before."""

    @property
    def warmup(self):
        return 2

    def compute(self, bars):
        change = bars["close"].diff()
        late = (bars.index.month == 12) & (bars.index.day >= 29)
        return change.mask(late, change.shift(1)).where(change.shift(1).notna())
