import numpy as np
import pandas as pd

from workbench import PanelFeature


class LeakyJoinedByDate(PanelFeature, name="leaky_joined_by_date"):
    """Wrong: the market's change is joined by date, though some markets close later than others."""

    @property
    def warmup(self):
        return 1

    def compute(self, panel):
        market = pd.DataFrame({s: panel[s]["close"].diff() for s in panel}).mean(axis=1)
        return {s: market.reindex(panel[s].index).where(panel[s]["close"].diff().notna()) for s in panel}


class HonestJoinedByDate(PanelFeature, name="honest_joined_by_date"):
    """Right: of every other symbol the last change known at this symbol's close."""

    @property
    def warmup(self):
        return 1

    def compute(self, panel):
        return {s: self._market(panel, panel[s]) for s in panel}

    def _market(self, panel, mine):
        columns = [last_known(panel[s], panel[s]["close"].diff(), mine) for s in panel]
        market = pd.DataFrame(np.column_stack(columns), index=mine.index).mean(axis=1)
        return market.where(mine["close"].diff().notna())


def last_known(theirs, values, mine):
    """Return their last value at each of my closes; NaN before their first."""
    row = np.searchsorted(theirs["known_at"], mine["known_at"], side="right") - 1
    return np.where(row >= 0, values.to_numpy()[row], np.nan)
