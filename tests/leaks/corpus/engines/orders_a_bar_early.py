from dataclasses import replace

from workbench_backtesting import BacktestingEngine


class LeakyOrdersABarEarly(BacktestingEngine, name="leaky_orders_a_bar_early"):
    """Wrong for explicit orders only: they fill at the open of the bar after whose close they were decided."""

    def simulate(self, bars, orders, costs, cash):
        early = [replace(order, bar=max(order.bar - 1, 0)) for order in orders]
        return super().simulate(bars, early, costs, cash)


class HonestOrdersABarEarly(BacktestingEngine, name="honest_orders_a_bar_early"):
    """Right: explicit orders fill on the next bar at the earliest."""
