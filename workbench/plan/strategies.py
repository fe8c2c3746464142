"""Which strategies can trade the forecasts of a target."""

from __future__ import annotations

import numpy as np

from workbench.contracts.strategy import Strategy
from workbench.contracts.target import Target
from workbench.errors import ExperimentError
from workbench.registry.registry import Registry


def check_strategy(strategy: Strategy, target: Target, horizon: int, registry: Registry) -> None:
    """Refuse a strategy that trades a step which is not forecast, or forecasts of another target.

    Raises
    ------
    ExperimentError
    """
    if strategy.step > horizon:
        raise ExperimentError(
            f"the strategy trades step {strategy.step}, but `horizon` is {horizon}; "
            f"ask for a horizon of at least {strategy.step}."
        )
    if strategy.for_targets and target.name not in strategy.for_targets:
        wanted = " or ".join(repr(name) for name in sorted(strategy.for_targets))
        raise ExperimentError(
            f"the strategy {strategy.name!r} trades forecasts of {wanted}, but the target is {target.name!r}. "
            f"{ways_to_trade(target, registry)}"
        )


def ways_to_trade(target: Target, registry: Registry) -> str:
    """Say which strategies on offer can trade a target's forecasts, and how to trade none."""
    names = strategies_for(target, registry)
    none = '`strategy = "none"` trades nothing.'
    if not names:
        return f"No strategy at hand trades forecasts of {target.name!r}; {none}"
    return f"Strategies for {target.name!r}: {', '.join(names)}; {none}"


def strategies_for(target: Target, registry: Registry) -> list[str]:
    """Name the strategies that read forecasts of a target; where they become prices, those that read prices too."""
    has_price = says_price(target)
    fit = set()
    for offer in registry.offers("strategy"):
        wanted: frozenset[str] = getattr(offer.cls, "for_targets", frozenset())
        if target.name in wanted or (has_price and not wanted):
            fit.add(offer.name)
    return sorted(fit)


def says_price(target: Target) -> bool:
    """Whether forecasts of a target become prices; of a target that fails, a run will say more."""
    try:
        return target.to_price(np.zeros((1, 1)), np.ones(1)) is not None
    except Exception:
        return True
