"""Quantile forecasts of a forecast frame, as one array with a column for each level."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import FloatArray, Forecasts
from workbench.evaluation.pipeline import forecast_prices

if TYPE_CHECKING:
    from workbench.contracts.target import Target

_COLUMN = re.compile(r"q0\.\d+")


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Quantile forecasts, row by row.

    Parameters
    ----------
    levels : ndarray of shape (q,)
        All levels that any row is forecast at, increasing.
    values : ndarray of shape (n, q)
        NaN where a row is not forecast at a level.
    """

    levels: FloatArray
    values: FloatArray

    @property
    def names(self) -> list[str]:
        """Names of the columns, such as `q0.1`."""
        return [f"q{np.format_float_positional(level, trim='-')}" for level in self.levels]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Positions of the two edges of each central interval, the widest first."""
        partner = {round(1 - level, 9): at for at, level in enumerate(self.levels)}
        edges = [(at, partner.get(round(level, 9), at)) for at, level in enumerate(self.levels) if level < 0.5]
        return [(low, high) for low, high in edges if high != low]

    def coverage(self, pair: tuple[int, int]) -> float:
        """Share of what happens that a central interval is to hold."""
        return round(float(self.levels[pair[1]] - self.levels[pair[0]]), 9)

    def to_price(self, target: Target, last_price: FloatArray) -> Quantiles:
        """Return the same in prices; NaN where the target says nothing of price.

        Targets are relative to the origin and map to prices in order, so that quantiles go with them.
        """
        values = np.full_like(self.values, np.nan)
        for j in range(len(self.levels)):
            known = np.isfinite(self.values[:, j])
            if known.any():
                values[known, j] = forecast_prices(target, self.values[known, j][:, None], last_price[known])[:, 0]
        return replace(self, values=values)


def with_quantile_columns(forecasts: Forecasts) -> Forecasts:
    """Return a forecast frame whose `levels` and `quantiles` are columns such as `q0.1`, in target units."""
    import pandas as pd

    found = quantiles_of(forecasts)
    bare = forecasts.drop(columns=["levels", "quantiles"], errors="ignore")
    if found is None:
        return bare
    return pd.concat([bare, pd.DataFrame(found.values, columns=found.names, index=forecasts.index)], axis=1)


def quantile_columns(forecasts: Forecasts) -> list[str]:
    """Return the names of the columns that hold quantiles, the lowest level first."""
    return sorted((str(c) for c in forecasts if _COLUMN.fullmatch(str(c))), key=lambda name: float(name[1:]))


def quantiles_of(forecasts: Forecasts) -> Quantiles | None:
    """Lay the `levels` and `quantiles` of a forecast frame out; None where no row has any."""
    if "quantiles" not in forecasts:
        return None
    cells = [forecasts[name].to_numpy() for name in ("levels", "quantiles")]
    sizes = np.array([len(cell) if isinstance(cell, (list, tuple, np.ndarray)) else 0 for cell in cells[1]])
    blocks = []
    for size in np.unique(sizes[sizes > 0]):
        rows = np.flatnonzero(sizes == size)
        levels, values = (np.concatenate(column[rows]).reshape(-1, size).astype(np.float64) for column in cells)
        if (levels == levels[0]).all():  # as a rule: a forecaster has the same levels everywhere
            blocks.append((levels[0], rows, values))
            continue
        distinct, which = np.unique(levels, axis=0, return_inverse=True)
        blocks += [(own, rows[which == k], values[which == k]) for k, own in enumerate(distinct)]
    if not blocks:
        return None
    every = np.unique(np.concatenate([levels for levels, _, _ in blocks]))
    found = np.full((len(forecasts), len(every)), np.nan)
    for levels, rows, values in blocks:
        found[rows[:, None], np.searchsorted(every, levels)] = values
    return Quantiles(every, found)
