import pandas as pd

from workbench import PanelFeature


class LeakyUniverseByHindsight(PanelFeature, name="leaky_universe_by_hindsight"):
    """Wrong: a symbol counts as large if it traded most over the whole history."""

    def compute(self, panel):
        traded = pd.Series({s: (panel[s]["close"] * panel[s]["volume"]).mean() for s in panel})
        share = traded / traded.sum()
        return {s: pd.Series(float(share[s]), index=panel[s].index) for s in panel}


class HonestUniverseByHindsight(PanelFeature, name="honest_universe_by_hindsight"):
    """Right: its share in what was traded in all bars known so far, and a half where nothing was."""

    def compute(self, panel):
        traded = pd.concat(
            [pd.DataFrame({"at": panel[s]["known_at"], s: panel[s]["close"] * panel[s]["volume"]}) for s in panel]
        )
        sums = traded.groupby("at").sum().cumsum()  # one row per moment
        share = sums.div(sums.sum(axis=1).where(lambda total: total > 0), axis=0).fillna(0.5)
        return {s: share[s].reindex(panel[s]["known_at"]).set_axis(panel[s].index) for s in panel}
