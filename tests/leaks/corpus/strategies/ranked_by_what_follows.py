import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Strategy


class LeakyRankedByWhatFollows(Strategy, name="leaky_ranked_by_what_follows"):
    """Wrong: holds the symbols that will rise most over the next bars."""

    bars: int = Field(5, ge=1)

    def signals(self, forecasts, panel):
        return _ranked(forecasts, panel, {s: -panel[s]["close"].diff(-self.bars).to_numpy() for s in panel})


class HonestRankedByWhatFollows(Strategy, name="honest_ranked_by_what_follows"):
    """Right: holds the symbols that rose most over the last bars, as far as they are known at the origin."""

    bars: int = Field(5, ge=1)

    def signals(self, forecasts, panel):
        return _ranked(forecasts, panel, {s: panel[s]["close"].diff(self.bars).to_numpy() for s in panel})


def _ranked(forecasts, panel, rises):
    known = {s: panel[s]["known_at"].to_numpy() for s in panel}

    def position(origin, symbol):
        row = panel[symbol].index.get_loc(origin)
        rows = {s: np.searchsorted(known[s], known[symbol][row], side="right") - 1 for s in panel}
        others = [rises[s][r] for s, r in rows.items() if r >= 0]
        return float(rises[symbol][row] > np.nanmedian([*others, 0.0]))

    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    return pd.Series([position(origin, symbol) for origin, symbol in index], index=index, dtype=float)
