"""How many numbers per step a module returns, and the levels of the quantiles among them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from workbench.errors import PluginError

if TYPE_CHECKING:
    from workbench.torch.forecaster import TorchForecaster

DEFAULT_LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)


def check_levels(levels: tuple[float, ...]) -> tuple[float, ...]:
    """Refuse levels that do not rise from above 0 to below 1, or lack the median, which is the point forecast."""
    if not all(0 < level < 1 for level in levels) or any(a >= b for a, b in pairwise(levels)):
        raise ValueError("expected levels that rise strictly, each between 0 and 1, such as (0.1, 0.5, 0.9)")
    if 0.5 not in levels:
        raise ValueError("expected the median, 0.5, among the levels: it is the point forecast")
    return levels


def levels_of(forecaster: TorchForecaster) -> tuple[float, ...]:
    """Return the quantile levels of a forecaster whose loss gives quantiles.

    Raises
    ------
    PluginError
        Its class has made a parameter of its own of that name.
    """
    levels = forecaster.levels
    try:
        return check_levels(levels)
    except (TypeError, ValueError):
        raise PluginError(
            f"{type(forecaster).__name__} has a parameter `levels` of its own, {levels!r}, which are no quantile "
            f"levels; `loss = {forecaster.loss!r}` needs them. Rename that parameter of the class, "
            f"or choose another loss."
        ) from None


def outputs_per_step(forecaster: TorchForecaster) -> int:
    """Return how many numbers a module has to give for each step: quantiles, mean and spread, or the forecast."""
    match forecaster.loss:
        case "quantile":
            return len(levels_of(forecaster))
        case "gaussian":
            return 2
        case _:
            return 1
