"""What there is to know of a series before anything is asked of it: plain numbers, one module per question."""

from workbench.data.description.described import Description, SymbolDescription
from workbench.data.description.types import (
    Autocorrelation,
    Drawdown,
    Gap,
    Gaps,
    Histogram,
    LjungBox,
    Move,
    Persistence,
    Prices,
    Returns,
    RollingVolatility,
    Shift,
)

__all__ = [
    "Autocorrelation",
    "Description",
    "Drawdown",
    "Gap",
    "Gaps",
    "Histogram",
    "LjungBox",
    "Move",
    "Persistence",
    "Prices",
    "Returns",
    "RollingVolatility",
    "Shift",
    "SymbolDescription",
]
