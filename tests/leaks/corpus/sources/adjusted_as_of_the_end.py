import numpy as np
import pandas as pd

from workbench import DataError, DataSource

SEEDS = {"ALPHA": 5, "BETA": 6}
PRICES = ["open", "high", "low", "close"]


class LeakyAdjustedAsOfTheEnd(DataSource, name="leaky_adjusted_as_of_the_end"):
    """Wrong: prices are divided by all later splits up to `end`, and change as splits come."""

    def fetch(self, symbol, start, end, interval):
        bars = _history(symbol, interval).loc[start:end]
        later = bars["splits"][::-1].cumprod()[::-1] / bars["splits"]
        return bars.assign(**{column: bars[column] / later for column in PRICES})

    def symbols(self):
        return list(SEEDS)

    def intervals(self, symbol):
        return ["1d"]


class HonestAdjustedAsOfTheEnd(DataSource, name="honest_adjusted_as_of_the_end"):
    """Right: prices as they were traded, with the splits in a column of their own."""

    def fetch(self, symbol, start, end, interval):
        return _history(symbol, interval).loc[start:end]

    def symbols(self):
        return list(SEEDS)

    def intervals(self, symbol):
        return ["1d"]


def _history(symbol, interval):
    if symbol not in SEEDS or interval != "1d":
        raise DataError(f"no bars of {symbol!r} at {interval!r}; there are {', '.join(SEEDS)} at '1d'.")
    rng = np.random.default_rng(SEEDS[symbol])
    dates = pd.bdate_range("2020-01-01", periods=300)
    splits = np.where(np.isin(np.arange(300), [120, 240]), 2.0, 1.0)
    close = 400 * np.exp(0.01 * rng.standard_normal(300).cumsum()) / splits.cumprod()
    bars = pd.DataFrame({"open": close, "high": close * 1.01, "low": close * 0.99, "close": close}, index=dates)
    return bars.assign(volume=rng.integers(1000, 9000, 300).astype(float), splits=splits)
