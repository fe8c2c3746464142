import pandas as pd

from workbench import Feature


class LeakyOneColumnOfMany(Feature, name="leaky_one_column_of_many"):
    """Wrong in one of six columns: `average_8` is centred."""

    @property
    def warmup(self):
        return 31

    def compute(self, bars):
        columns = _averages(bars["close"])
        columns["average_8"] = bars["close"].rolling(9, center=True, min_periods=1).mean()
        return pd.DataFrame(columns).where(columns["average_32"].notna())


class HonestOneColumnOfMany(Feature, name="honest_one_column_of_many"):
    """Right: six columns, all of which look back; together they are defined with the slowest."""

    @property
    def warmup(self):
        return 31

    def compute(self, bars):
        columns = _averages(bars["close"])
        return pd.DataFrame(columns).where(columns["average_32"].notna())


def _averages(close):
    return {f"average_{window}": close.rolling(window).mean() for window in (1, 2, 4, 8, 16, 32)}
