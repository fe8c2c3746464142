"""Built-in targets: what a forecast can be about."""

from __future__ import annotations

from workbench import Target, hookimpl
from workbench_targets._targets import LogReturn, Price, SimpleReturn

__all__ = ["LogReturn", "Price", "SimpleReturn"]


@hookimpl
def workbench_targets() -> list[type[Target]]:
    """Offer log_return, simple_return and price."""
    return [LogReturn, SimpleReturn, Price]
