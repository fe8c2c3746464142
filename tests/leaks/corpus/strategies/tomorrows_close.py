import numpy as np
import pandas as pd

from workbench import Strategy


class LeakyTomorrowsClose(Strategy, name="leaky_tomorrows_close"):
    """Wrong: trades the change from this close to the next, which the panel holds."""

    def signals(self, forecasts, panel):
        return _signs(forecasts, {s: panel[s]["close"].shift(-1) - panel[s]["close"] for s in panel})


class HonestTomorrowsClose(Strategy, name="honest_tomorrows_close"):
    """Right: trades the change from the last close to this one."""

    def signals(self, forecasts, panel):
        return _signs(forecasts, {s: panel[s]["close"].diff() for s in panel})


def _signs(forecasts, changes):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    values = [changes[s].get(origin, np.nan) for origin, s in index]
    return pd.Series(np.sign(np.nan_to_num(np.array(values, dtype=float))), index=index)
