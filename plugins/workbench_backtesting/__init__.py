"""The backtest engine over backtesting.py."""

from __future__ import annotations

from workbench import BacktestEngine, hookimpl
from workbench_backtesting._engine import BacktestingEngine

__all__ = ["BacktestingEngine"]


@hookimpl
def workbench_engines() -> list[type[BacktestEngine]]:
    """Offer the engine `backtesting`."""
    return [BacktestingEngine]
