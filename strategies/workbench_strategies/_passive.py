"""Strategies that read no forecast: what a forecast has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench import Forecasts, Panel, Strategy
from workbench_strategies._positions import positions

if TYPE_CHECKING:
    import pandas as pd


class BuyAndHold(Strategy, name="buy_and_hold"):
    """Buy at the first forecast's origin and hold to the end."""

    def signals(self, forecasts: Forecasts, panel: Panel) -> pd.Series:
        """Return 1 at every origin: one purchase per symbol, since only a change trades."""
        return positions(forecasts, 1.0)
