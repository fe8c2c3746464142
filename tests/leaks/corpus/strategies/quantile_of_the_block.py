import pandas as pd
from pydantic import Field

from workbench import Strategy


class LeakyQuantileOfTheBlock(Strategy, name="leaky_quantile_of_the_block"):
    """Wrong: buys the best forecasts of the whole block, later ones included."""

    level: float = Field(0.7, gt=0, lt=1)

    def signals(self, forecasts, panel):
        expected = forecasts["expected_return"]
        return _positions(forecasts, expected > expected.quantile(self.level))


class HonestQuantileOfTheBlock(Strategy, name="honest_quantile_of_the_block"):
    """Right: buys what is among the best of each symbol's forecasts so far."""

    level: float = Field(0.7, gt=0, lt=1)

    def signals(self, forecasts, panel):
        ordered = forecasts.sort_values("origin", kind="stable")
        by_symbol = ordered.groupby("symbol")["expected_return"]
        border = by_symbol.transform(lambda seen: seen.expanding().quantile(self.level))
        return _positions(forecasts, forecasts["expected_return"] > border.reindex(forecasts.index))


def _positions(forecasts, chosen):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    return pd.Series(chosen.to_numpy(dtype=float), index=index)
