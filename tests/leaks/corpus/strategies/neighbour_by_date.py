import numpy as np
import pandas as pd

from workbench import Strategy


class LeakyNeighbourByDate(Strategy, name="leaky_neighbour_by_date"):
    """Wrong: reads the other symbols' bars of the same date, though some of them close later."""

    def signals(self, forecasts, panel):
        closes = pd.DataFrame({s: panel[s]["close"] for s in panel})
        return _sides(forecasts, lambda origin, symbol: closes.diff().loc[origin].mean())


class HonestNeighbourByDate(Strategy, name="honest_neighbour_by_date"):
    """Right: reads the other symbols' last bars known at this symbol's close."""

    def signals(self, forecasts, panel):
        known = {s: panel[s]["known_at"].to_numpy() for s in panel}
        changes = {s: np.nan_to_num(panel[s]["close"].diff().to_numpy()) for s in panel}

        def mean_change(origin, symbol):
            now = known[symbol][panel[symbol].index.get_loc(origin)]
            rows = {s: np.searchsorted(known[s], now, side="right") - 1 for s in panel}
            return np.mean([changes[s][row] for s, row in rows.items() if row >= 0])

        return _sides(forecasts, mean_change)


def _sides(forecasts, change_at):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    changes = [change_at(origin, symbol) for origin, symbol in index]
    return pd.Series(np.sign(np.nan_to_num(changes)), index=index, dtype=float)
