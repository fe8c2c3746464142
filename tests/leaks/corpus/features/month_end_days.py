from workbench import Feature


class LeakyMonthEndDays(Feature, name="leaky_month_end_days"):
    """Wrong, and on a few days only: the last day of a month holds the close of the next bar."""

    def compute(self, bars):
        close = bars["close"]
        return close.mask(bars.index.is_month_end, close.shift(-1).fillna(close))


class HonestMonthEndDays(Feature, name="honest_month_end_days"):
    """Right: what the calendar says of a day is known on it, and before."""

    def compute(self, bars):
        close = bars["close"]
        return close.mask(bars.index.is_month_end, close.rolling(5, min_periods=1).mean())
