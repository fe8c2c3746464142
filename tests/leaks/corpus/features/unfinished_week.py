import pandas as pd

from workbench import Feature


class LeakyUnfinishedWeek(Feature, name="leaky_unfinished_week"):
    """Wrong: from Monday on, each bar holds its week's last close."""

    def compute(self, bars):
        return bars["close"].groupby(bars.index.to_period("W")).transform("last")


class HonestUnfinishedWeek(Feature, name="honest_unfinished_week"):
    """Right: the close of the last week that is over; the first close of all stands in before there is one."""

    def compute(self, bars):
        week = bars.index.to_period("W")
        finished = bars["close"].groupby(week).last().shift(1)
        return pd.Series(week.map(finished), index=bars.index).fillna(bars["close"].iloc[0])
