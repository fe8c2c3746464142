import numpy as np

from workbench import Panel
from workbench_backtesting import BacktestingEngine


class LeakyLosersCancelled(BacktestingEngine, name="leaky_losers_cancelled"):
    """Wrong: leaves out what will have lost money three bars later, and calls it slippage control."""

    def run(self, panel_or_bars, signals, costs, context):
        wins = [_move(panel_or_bars, origin, symbol) >= 0 for origin, symbol in signals.index]
        return super().run(panel_or_bars, signals.mul(np.array(wins, dtype=float), axis=0), costs, context)


class HonestLosersCancelled(BacktestingEngine, name="honest_losers_cancelled"):
    """Right: trades every signal, whatever comes of it."""


def _move(panel_or_bars, origin, symbol):
    bars = panel_or_bars[symbol] if isinstance(panel_or_bars, Panel) else panel_or_bars
    row = bars.index.get_loc(origin)
    return bars["close"].iloc[min(row + 3, len(bars) - 1)] - bars["close"].iloc[row]
