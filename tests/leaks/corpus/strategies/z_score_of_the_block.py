import numpy as np
import pandas as pd

from workbench import Strategy


class LeakyZScoreOfTheBlock(Strategy, name="leaky_z_score_of_the_block"):
    """Wrong: sizes by how unusual a forecast is among all of the block."""

    def signals(self, forecasts, panel):
        expected = forecasts["expected_return"]
        return _sized(forecasts, (expected - expected.mean()) / expected.std())


class HonestZScoreOfTheBlock(Strategy, name="honest_z_score_of_the_block"):
    """Right: sizes by how large a forecast is beside the largest of its symbol so far."""

    def signals(self, forecasts, panel):
        ordered = forecasts.sort_values("origin", kind="stable")
        size = ordered["expected_return"].abs()
        largest = size.groupby(ordered["symbol"]).cummax()
        return _sized(forecasts, (ordered["expected_return"] / largest.where(largest > 0)).reindex(forecasts.index))


def _sized(forecasts, scores):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    return pd.Series(np.tanh(np.nan_to_num(scores.to_numpy(dtype=float))), index=index)
