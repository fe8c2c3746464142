"""Other futures: the same bars up to a moment, and something else after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.panel import PRICE_COLUMNS, Panel

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.arrays import Bars, BoolArray, FloatArray

Factors = Callable[[np.random.Generator, int], "FloatArray"]

FUTURES: dict[str, Factors] = {
    "were multiplied by 1.7": lambda rng, n: np.full(n, 1.7),
    "were multiplied by 0.4": lambda rng, n: np.full(n, 0.4),
    "were multiplied by noise": lambda rng, n: np.exp(rng.normal(0.0, 0.4, n)),
}
"""Ways to change bars. Each finds leaks the others miss: a maximum of all bars is unmoved by smaller ones."""


def changed_panel(panel: Panel, moment: np.datetime64, factors: Factors, seed: int = 0) -> Panel:
    """Return the panel with everything that became known after `moment` changed; times stay as they are.

    Prices of a bar are scaled together, so that its high stays its high; other numbers by factors of their own.
    """
    rng = np.random.default_rng(seed)
    return Panel({s: _changed(panel[s], moment, factors, rng) for s in panel}, panel.interval)


def _changed(bars: Bars, moment: np.datetime64, factors: Factors, rng: np.random.Generator) -> Bars:
    later = bars["known_at"].to_numpy() > moment
    n = int(later.sum())
    if not n:
        return bars
    together = factors(rng, n)
    return bars.assign(
        **{
            str(column): _scaled(bars[column], later, together if column in PRICE_COLUMNS else factors(rng, n))
            for column in bars.columns
            if bars[column].dtype.kind in "fiu"
        }
    )


def _scaled(column: pd.Series, later: BoolArray, by: FloatArray) -> FloatArray:
    values = column.to_numpy(dtype=np.float64, copy=True)
    values[later] *= by
    return values
