"""Every indicator of the `ta` library, offered as `ta.<name>`."""

from __future__ import annotations

from workbench_features.ta import momentum, others, trend, volatility, volume
from workbench_features.ta._indicator import TaIndicator

INDICATORS: tuple[type[TaIndicator], ...] = tuple(
    sorted(
        (
            value
            for module in (momentum, trend, volatility, volume, others)
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, TaIndicator) and value is not TaIndicator
        ),
        key=lambda cls: str(cls.name),
    )
)
"""All of them, by name."""

__all__ = ["INDICATORS", "TaIndicator", "momentum", "others", "trend", "volatility", "volume"]
