import numpy as np
import pandas as pd

from workbench import Feature


class LeakyPeakOfTheSeries(Feature, name="leaky_peak_of_the_series"):
    """Wrong: bars from the highest close of the whole series, before and after it."""

    def compute(self, bars):
        peak = int(np.nanargmax(bars["close"]))
        return pd.Series(np.arange(len(bars)) - float(peak), index=bars.index)


class HonestPeakOfTheSeries(Feature, name="honest_peak_of_the_series"):
    """Right: bars since the highest close so far, kept up bar by bar."""

    def compute(self, bars):
        highest, age, ages = -np.inf, 0, []
        for close in bars["close"]:
            age = 0 if close >= highest else age + 1
            highest = max(highest, close) if close == close else highest
            ages.append(float(age))
        return pd.Series(ages, index=bars.index)
