import numpy as np
import pandas as pd
from pydantic import Field

from workbench import PanelFeature


class LeakyRankedTooEarly(PanelFeature, name="leaky_ranked_too_early"):
    """Wrong: the rank of today counts symbols whose bar of today is not known yet."""

    window: int = Field(5, ge=1)

    @property
    def warmup(self):
        return self.window

    def compute(self, panel):
        momentum = pd.DataFrame({s: panel[s]["close"].diff(self.window) for s in panel})
        ranks = momentum.rank(axis=1, pct=True)
        return {s: ranks[s].reindex(panel[s].index) for s in panel}


class HonestRankedTooEarly(PanelFeature, name="honest_ranked_too_early"):
    """Right: the rank among what is known of the others at this symbol's close, yesterday's bar if need be."""

    window: int = Field(5, ge=1)

    @property
    def warmup(self):
        return self.window

    def compute(self, panel):
        momentum = {s: panel[s]["close"].diff(self.window).to_numpy() for s in panel}
        return {s: self._rank(panel, momentum, s) for s in panel}

    def _rank(self, panel, momentum, symbol):
        known_at = panel[symbol]["known_at"]
        columns = {}
        for s in panel:
            row = np.searchsorted(panel[s]["known_at"], known_at, side="right") - 1
            columns[s] = np.where(row >= 0, momentum[s][row], np.nan)
        return pd.DataFrame(columns, index=known_at.index).rank(axis=1, pct=True)[symbol]
