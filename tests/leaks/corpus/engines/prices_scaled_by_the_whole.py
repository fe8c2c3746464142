from workbench import Panel
from workbench_backtesting import BacktestingEngine

PRICES = ["open", "high", "low", "close"]


class LeakyPricesScaledByTheWhole(BacktestingEngine, name="leaky_prices_scaled_by_the_whole"):
    """Wrong: to keep numbers small, prices are traded in units of the last close of the series."""

    def run(self, panel_or_bars, signals, costs, context):
        if isinstance(panel_or_bars, Panel):
            scaled = Panel({s: _scaled(panel_or_bars[s]) for s in panel_or_bars}, panel_or_bars.interval)
        else:
            scaled = _scaled(panel_or_bars)
        return super().run(scaled, signals, costs, context)


class HonestPricesScaledByTheWhole(BacktestingEngine, name="honest_prices_scaled_by_the_whole"):
    """Right: prices are traded as they are."""


def _scaled(bars):
    return bars.assign(**{column: bars[column] / bars["close"].iloc[-1] for column in PRICES})
