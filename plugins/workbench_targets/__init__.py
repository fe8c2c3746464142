"""Built-in targets: what a forecast can be about."""

from __future__ import annotations

from workbench import Target, hookimpl
from workbench_targets._direction import Direction
from workbench_targets._prices import LogReturn, Price, SimpleReturn
from workbench_targets._range import LogRange

__all__ = ["Direction", "LogRange", "LogReturn", "Price", "SimpleReturn"]


@hookimpl
def workbench_targets() -> list[type[Target]]:
    """Offer the built-in targets."""
    return [LogReturn, SimpleReturn, Price, LogRange, Direction]
