import pandas as pd

from workbench import Strategy


class LeakyFlatAtTheEnd(Strategy, name="leaky_flat_at_the_end"):
    """Wrong at one origin per symbol: sells at the last one, which only hindsight calls the last."""

    def signals(self, forecasts, panel):
        last = forecasts.groupby("symbol")["origin"].transform("max")
        return _long(forecasts, (forecasts["expected_return"] > 0) & (forecasts["origin"] < last))


class HonestFlatAtTheEnd(Strategy, name="honest_flat_at_the_end"):
    """Right: begins with nothing at the first origin, which is known to be the first."""

    def signals(self, forecasts, panel):
        first = forecasts.groupby("symbol")["origin"].transform("min")
        return _long(forecasts, (forecasts["expected_return"] > 0) & (forecasts["origin"] > first))


def _long(forecasts, chosen):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    return pd.Series(chosen.to_numpy(dtype=float), index=index)
