"""Strategies that follow the forecast. Each is flat where a forecast says nothing of price (NaN)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from workbench import Forecasts, Panel, Strategy
from workbench_strategies._positions import expected_returns, positions

if TYPE_CHECKING:
    import pandas as pd


class LongFlat(Strategy, name="long_flat"):
    """Hold the symbol while its price is forecast to rise, else cash."""

    def signals(self, forecasts: Forecasts, panel: Panel) -> pd.Series:
        """Return 1 where `expected_return` is positive, else 0."""
        return positions(forecasts, expected_returns(forecasts) > 0)


class LongShort(Strategy, name="long_short"):
    """Hold the symbol while its price is forecast to rise, sell it short while it is forecast to fall."""

    def signals(self, forecasts: Forecasts, panel: Panel) -> pd.Series:
        """Return the sign of `expected_return`: 1, 0 or -1."""
        return positions(forecasts, np.sign(np.nan_to_num(expected_returns(forecasts))))


class Threshold(Strategy, name="threshold"):
    """Trade only forecasts that exceed a threshold, such as what trading costs."""

    threshold: float = Field(
        0.001, ge=0, description="expected return, as a fraction, that a forecast must exceed: 0.001 is 0.1 %"
    )
    allow_short: bool = Field(False, description="sell short below minus the threshold, instead of staying flat")

    def signals(self, forecasts: Forecasts, panel: Panel) -> pd.Series:
        """Return 1 above `threshold`, -1 below its negative if `allow_short`, else 0."""
        expected = expected_returns(forecasts)
        long = (expected > self.threshold).astype(float)
        short = (expected < -self.threshold).astype(float) if self.allow_short else 0.0
        return positions(forecasts, long - short)
