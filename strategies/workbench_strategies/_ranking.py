"""Choosing among symbols: the best against the worst."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from workbench import FloatArray, Forecasts, Panel, Strategy
from workbench_strategies._newest import Newest, known_at, known_before
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
        chosen = np.zeros(len(forecasts))
        symbols, moments = forecasts["symbol"].to_numpy(), known_at(forecasts, panel)
        table = Newest.of(symbols, moments, expected_returns(forecasts))
        for column, symbol in enumerate(table.symbols):
            rows = np.flatnonzero(symbols == symbol)
            before = known_before(panel, symbol, moments[rows])
            chosen[rows] = self._sides(table.since(before, moments[rows]), column)
        return positions(forecasts, chosen)

    def _sides(self, expected: FloatArray, own: int) -> FloatArray:
        """Return the side of one symbol at each of its origins.

        Parameters
        ----------
        expected : ndarray of shape (n_origins, n_symbols)
            Expected returns, NaN where a symbol is not ranked.
        own : int
            Column of the symbol.
        """
        mine = expected[:, [own]]
        n_ranked = np.isfinite(expected).sum(axis=1)
        long = np.isfinite(mine[:, 0]) & ((expected >= mine).sum(axis=1) <= self.n)  # those alike count as before it
        short = np.isfinite(mine[:, 0]) & ((expected <= mine).sum(axis=1) <= self.n)
        sides = long.astype(np.float64) if self.long_only else long.astype(np.float64) - short
        fewest = self.n + 1 if self.long_only else 2 * self.n
        return np.where(n_ranked >= fewest, sides, 0.0)
