import numpy as np
import pandas as pd

from workbench import DataError, DataSource

SEEDS = {"ALPHA": 1, "BETA": 2}


class LeakyScaledToTheRange(DataSource, name="leaky_scaled_to_the_range"):
    """Wrong: prices in percent of the highest in the range asked for, which moves with `end`."""

    def fetch(self, symbol, start, end, interval):
        asked = _history(symbol, interval).loc[start:end]
        prices = ["open", "high", "low", "close"]
        return asked.assign(**{column: 100 * asked[column] / asked["high"].max() for column in prices})

    def symbols(self):
        return list(SEEDS)

    def intervals(self, symbol):
        return ["1d"]


class HonestScaledToTheRange(DataSource, name="honest_scaled_to_the_range"):
    """Right: prices in percent of the first of all, whatever range is asked for."""

    def fetch(self, symbol, start, end, interval):
        history = _history(symbol, interval)
        prices = ["open", "high", "low", "close"]
        base = float(history["close"].iloc[0])
        return history.assign(**{column: 100 * history[column] / base for column in prices}).loc[start:end]

    def symbols(self):
        return list(SEEDS)

    def intervals(self, symbol):
        return ["1d"]


def _history(symbol, interval):
    if symbol not in SEEDS or interval != "1d":
        raise DataError(f"no bars of {symbol!r} at {interval!r}; there are {', '.join(SEEDS)} at '1d'.")
    rng = np.random.default_rng(SEEDS[symbol])
    dates = pd.bdate_range("2020-01-01", periods=300)
    close = 50 * np.exp(0.01 * rng.standard_normal(300).cumsum())
    open_ = close * np.exp(0.002 * rng.standard_normal(300))
    volume = rng.integers(1000, 9000, 300).astype(float)
    high, low = np.maximum(open_, close) * 1.001, np.minimum(open_, close) * 0.999
    return pd.DataFrame({"open": open_, "high": high, "low": low, "close": close, "volume": volume}, index=dates)
