"""Built-in strategies: following what is forecast, choosing among symbols, and holding."""

from __future__ import annotations

from workbench import Strategy, hookimpl
from workbench_strategies._direction import FollowDirection
from workbench_strategies._forecasts import LongFlat, LongShort, Threshold
from workbench_strategies._passive import BuyAndHold
from workbench_strategies._ranking import TopBottom
from workbench_strategies._volatility import VolatilityTarget

__all__ = [
    "BuyAndHold",
    "FollowDirection",
    "LongFlat",
    "LongShort",
    "Threshold",
    "TopBottom",
    "VolatilityTarget",
]


@hookimpl
def workbench_strategies() -> list[type[Strategy]]:
    """Offer the built-in strategies."""
    return [BuyAndHold, FollowDirection, LongFlat, LongShort, Threshold, TopBottom, VolatilityTarget]
