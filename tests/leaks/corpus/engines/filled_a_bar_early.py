import pandas as pd

from workbench import Panel
from workbench_backtesting import BacktestingEngine


class LeakyFilledABarEarly(BacktestingEngine, name="leaky_filled_a_bar_early"):
    """Wrong: a signal fills at the open of the bar at whose close it was decided."""

    def run(self, panel_or_bars, signals, costs, context):
        early = signals.copy()
        early.index = pd.MultiIndex.from_tuples(
            [(_bar_before(panel_or_bars, *pair), pair[1]) for pair in signals.index], names=signals.index.names
        )
        return super().run(panel_or_bars, early[~early.index.duplicated(keep="last")], costs, context)


class HonestFilledABarEarly(BacktestingEngine, name="honest_filled_a_bar_early"):
    """Right: a signal fills at the open of the next bar."""


def _bar_before(panel_or_bars, origin, symbol):
    bars = panel_or_bars[symbol] if isinstance(panel_or_bars, Panel) else panel_or_bars
    return bars.index[max(bars.index.get_loc(origin) - 1, 0)]
