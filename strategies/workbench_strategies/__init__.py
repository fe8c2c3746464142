"""Built-in strategies: long or flat, long or short, threshold, and buy and hold."""

from __future__ import annotations

from workbench import Strategy, hookimpl
from workbench_strategies._forecasts import LongFlat, LongShort, Threshold
from workbench_strategies._passive import BuyAndHold

__all__ = ["BuyAndHold", "LongFlat", "LongShort", "Threshold"]


@hookimpl
def workbench_strategies() -> list[type[Strategy]]:
    """Offer the built-in strategies."""
    return [BuyAndHold, LongFlat, LongShort, Threshold]
