import numpy as np
import pandas as pd

from workbench import Strategy


class LeakyLastForecastForAll(Strategy, name="leaky_last_forecast_for_all"):
    """Wrong: takes the side of the last forecast of the block at every origin before it."""

    def signals(self, forecasts, panel):
        side = forecasts.groupby("symbol")["expected_return"].transform("last")
        return _sides(forecasts, side)


class HonestLastForecastForAll(Strategy, name="honest_last_forecast_for_all"):
    """Right: takes the side of the last forecast that said anything."""

    def signals(self, forecasts, panel):
        ordered = forecasts.sort_values("origin", kind="stable")
        said = ordered["expected_return"].astype(float).replace(0.0, np.nan)
        return _sides(forecasts, said.groupby(ordered["symbol"]).ffill().reindex(forecasts.index))


def _sides(forecasts, side):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    return pd.Series(np.sign(np.nan_to_num(side.to_numpy(dtype=float))), index=index)
