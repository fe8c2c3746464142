import pandas as pd

from workbench import Feature


class LeakyLeftLabelledWeeks(Feature, name="leaky_left_labelled_weeks"):
    """Wrong: weeks labelled by their first day, so that `ffill` brings the week's end to its start."""

    def compute(self, bars):
        weekly = bars["close"].resample("W-SUN", label="left").last()
        return weekly.reindex(bars.index, method="ffill")


class HonestLeftLabelledWeeks(Feature, name="honest_left_labelled_weeks"):
    """Right: a week joins the bars once its end is past; the first close of all stands in before."""

    def compute(self, bars):
        weekly = bars["close"].resample("W-SUN", label="right").last()
        weekly.index = weekly.index + pd.Timedelta("1D")  # known when its last day is over
        return weekly.reindex(bars.index, method="ffill").fillna(bars["close"].iloc[0])
