"""Taking the side that is forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from workbench import Forecasts, Panel, Strategy
from workbench_strategies._positions import positions

if TYPE_CHECKING:
    import pandas as pd


class FollowDirection(Strategy, name="follow_direction"):
    """Hold the symbol while its price is forecast to rise, of forecasts that say the side alone.

    Notes
    -----
    A forecast of `direction` is P(up) - P(down): 0.1 stands for 55 % up and 45 % down. Flat where there is no
    forecast, so persistence, which takes no side, never trades.
    """

    for_targets: ClassVar[frozenset[str]] = frozenset({"direction"})

    threshold: float = Field(
        0.0, ge=0, lt=1, description="forecast that must be exceeded: 0.1 asks for 55 % up where the rest is down"
    )
    allow_short: bool = Field(False, description="sell short below minus the threshold, instead of staying flat")

    def signals(self, forecasts: Forecasts, panel: Panel) -> pd.Series:
        """Return 1 above `threshold`, -1 below its negative if `allow_short`, else 0."""
        forecast = forecasts["forecast"].to_numpy(np.float64)
        long = (forecast > self.threshold).astype(float)
        short = (forecast < -self.threshold).astype(float) if self.allow_short else 0.0
        return positions(forecasts, long - short)
