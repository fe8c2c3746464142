"""Metrics of quantile forecasts."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from workbench import FloatArray, Metric, MetricContext


class _Coverage(Metric):
    """Share of what happened that lay within a central interval."""

    lower_is_better: ClassVar[bool] = False
    """Neither way is right: the nearer to nominal the better. An interval that holds less than it says is the error
    that costs money, so more is taken for better here."""
    needs: ClassVar[frozenset[str]] = frozenset({"quantiles"})
    _share: ClassVar[float]

    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return the share of rows from one quantile to the other, edges included; NaN unless both are forecast."""
        levels, quantiles = context.levels, context.quantiles
        if levels is None or quantiles is None:
            return float("nan")
        low, high = (np.flatnonzero(np.abs(levels - level) < 1e-9) for level in _edges(self._share))
        if not len(low) or not len(high):
            return float("nan")
        return float(np.mean((quantiles[:, low[0]] <= actual) & (actual <= quantiles[:, high[0]])))


def _edges(share: float) -> tuple[float, float]:
    return (1 - share) / 2, (1 + share) / 2


class Coverage80(_Coverage, name="coverage_80"):
    """Share of what happened that lay between the 10 % and the 90 % quantile: nearest to 80 % is best."""

    _share: ClassVar[float] = 0.8


class Coverage95(_Coverage, name="coverage_95"):
    """Share of what happened that lay between the 2.5 % and the 97.5 % quantile: nearest to 95 % is best."""

    _share: ClassVar[float] = 0.95


class Pinball(Metric, name="pinball"):
    """Mean pinball loss over the quantile levels that are forecast; compare it at the same levels only.

    References
    ----------
    .. [1] Koenker & Bassett (1978), "Regression Quantiles", *Econometrica* 46(1), 33-50.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"quantiles"})

    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return `mean(max(level * e, (level - 1) * e))` with `e = actual - quantile`, in units of the space."""
        if context.levels is None or context.quantiles is None:
            return float("nan")
        error = actual[:, None] - context.quantiles
        return float(np.mean(np.maximum(context.levels * error, (context.levels - 1) * error)))
