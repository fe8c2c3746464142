import numpy as np
import pandas as pd

from workbench import DataError, DataSource

SEEDS = {"ALPHA": 3, "BETA": 4}


class LeakyGapsFilledBackward(DataSource, name="leaky_gaps_filled_backward"):
    """Wrong: days without trading get the bar of the next day, if `end` lets it be known."""

    def fetch(self, symbol, start, end, interval):
        return _history(symbol, interval).loc[start:end].bfill().ffill()

    def symbols(self):
        return list(SEEDS)

    def intervals(self, symbol):
        return ["1d"]


class HonestGapsFilledBackward(DataSource, name="honest_gaps_filled_backward"):
    """Right: days without trading repeat the last bar, which is looked up before the range is cut."""

    def fetch(self, symbol, start, end, interval):
        return _history(symbol, interval).ffill().loc[start:end]

    def symbols(self):
        return list(SEEDS)

    def intervals(self, symbol):
        return ["1d"]


def _history(symbol, interval):
    if symbol not in SEEDS or interval != "1d":
        raise DataError(f"no bars of {symbol!r} at {interval!r}; there are {', '.join(SEEDS)} at '1d'.")
    rng = np.random.default_rng(SEEDS[symbol])
    dates = pd.bdate_range("2020-01-01", periods=300)
    close = 80 + rng.standard_normal(300).cumsum()
    bars = pd.DataFrame({"open": close, "high": close + 1, "low": close - 1, "close": close}, index=dates)
    bars["volume"] = rng.integers(1000, 9000, 300).astype(float)
    traded = (rng.random(300) > 0.2) | (np.arange(300) == 0)
    bars.loc[~traded] = np.nan
    return bars
