"""Choosing among symbols: the best against the worst."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from workbench import FloatArray, Forecasts, Panel, Strategy
from workbench_strategies._newest import Newest, known_at
from workbench_strategies._positions import expected_returns, positions

if TYPE_CHECKING:
    import pandas as pd


class TopBottom(Strategy, name="top_bottom"):
    """Hold the `n` symbols that are forecast to rise most, and sell short the `n` that are to rise least.

    Notes
    -----
    Symbols are ranked by `expected_return` at each origin, all others flat. Ranked is what is known there: of each
    symbol the newest forecast since the bar before, so that of exchanges that close at other hours nothing is read that
    is made later that day, and nothing of a symbol that is gone.

    A tie across the border of the first `n` chooses none of those that are alike: persistence, of which all forecasts
    are, never trades. With fewer than `2 * n` forecasts at an origin (`long_only`: fewer than `n + 1`) nothing is held.

    Each symbol has an account of its own with an equal share of the cash, so of N symbols `2 * n / N` of the
    whole is at risk, and half of that on each side; what one account earns is not moved to another.
    """

    n: int = Field(5, ge=1, description="symbols to hold, and as many to sell short")
    long_only: bool = Field(False, description="hold the first, and sell nothing short")

    @classmethod
    def example(cls, folder: Path) -> TopBottom:
        """One of each: the panels of the checks have three symbols."""
        return cls(n=1)

    def signals(self, forecasts: Forecasts, panel: Panel) -> pd.Series:
        """Return 1 for the first `n` at each origin, -1 for the last `n` unless `long_only`, else 0."""
        expected, (moments, before) = expected_returns(forecasts), known_at(forecasts, panel)
        newest = Newest.of(forecasts["symbol"].to_numpy(), moments, expected)
        rivals, whose = newest.rivals(before, moments)
        long = expected > _next_after(rivals, self.n)[whose]
        short = -expected > _next_after(-rivals, self.n)[whose]
        fewest = self.n + 1 if self.long_only else 2 * self.n
        sides = long.astype(np.float64) - (short & (not self.long_only))
        return positions(forecasts, np.where(np.isfinite(rivals).sum(axis=1)[whose] >= fewest, sides, 0.0))


def _next_after(rivals: FloatArray, n: int) -> FloatArray:
    """Return the largest value behind the first `n` of each row; minus infinity where there is none.

    What lies above it is among the first `n`, and so is all that is like it.
    """
    if rivals.shape[1] <= n:
        return np.full(len(rivals), -np.inf)
    filled = np.where(np.isnan(rivals), -np.inf, rivals)
    behind: FloatArray = np.partition(filled, -(n + 1), axis=1)[:, -(n + 1)]
    return behind
