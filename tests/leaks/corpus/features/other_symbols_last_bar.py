import numpy as np
import pandas as pd

from workbench import PanelFeature


class LeakyOtherSymbolsLastBar(PanelFeature, name="leaky_other_symbols_last_bar"):
    """Wrong for every symbol but the first: the first symbol's close is the last one of its series."""

    def compute(self, panel):
        leader = panel[panel.symbols[0]]["close"]
        out = {s: panel[s]["close"] - leader.iloc[-1] for s in panel}
        return out | {panel.symbols[0]: leader - leader}


class HonestOtherSymbolsLastBar(PanelFeature, name="honest_other_symbols_last_bar"):
    """Right: the first symbol's last close at that moment, and its own where there is none yet."""

    def compute(self, panel):
        leader = panel[panel.symbols[0]]
        return {s: self._distance(leader, panel[s]) for s in panel}

    def _distance(self, leader, bars):
        row = np.searchsorted(leader["known_at"], bars["known_at"], side="right") - 1
        theirs = leader["close"].to_numpy()[row]
        return pd.Series(np.where(row >= 0, bars["close"] - theirs, 0.0), index=bars.index)
