import pandas as pd
from pydantic import Field

from workbench import Strategy


class LeakyRankedByWhatFollows(Strategy, name="leaky_ranked_by_what_follows"):
    """Wrong: holds the symbols that will rise most over the next bars."""

    bars: int = Field(5, ge=1)

    def signals(self, forecasts, panel):
        return _ranked(forecasts, {s: -panel[s]["close"].diff(-self.bars) for s in panel})


class HonestRankedByWhatFollows(Strategy, name="honest_ranked_by_what_follows"):
    """Right: holds the symbols that rose most over the last bars."""

    bars: int = Field(5, ge=1)

    def signals(self, forecasts, panel):
        return _ranked(forecasts, {s: _rise(panel[s]["close"], self.bars) for s in panel})


def _rise(close, bars):
    before = close.shift(bars)
    return close.diff(bars) / before.where(before > 0)


def _ranked(forecasts, rises):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    rise = pd.Series([rises[s].get(origin) for origin, s in index], index=index, dtype=float)
    return (rise.groupby("origin").rank(pct=True) > 0.5).astype(float)
