"""Metrics of the order in which symbols are forecast."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from workbench import FloatArray, Metric, MetricContext


class RankIC(Metric, name="rank_ic"):
    """Mean over origins of the rank correlation, across symbols, of forecast and actual.

    Of a target that differs between symbols for good, such as a range, part of it is that difference: compare it with
    persistence's own.

    References
    ----------
    .. [1] Grinold & Kahn (2000), *Active Portfolio Management*, 2nd ed., McGraw-Hill, ch. 6.
    """

    lower_is_better: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset({"symbols"})

    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return the mean of Spearman's correlations over cross-sections; NaN without any that is defined.

        One whose forecasts or actual values are all alike, or of a single symbol, is left out.
        """
        found = _correlations(actual, forecast, context)
        return float(np.mean(found)) if len(found) else float("nan")


def _correlations(actual: FloatArray, forecast: FloatArray, context: MetricContext) -> FloatArray:
    """Spearman's correlation of each cross-section where it is defined; ties get the mean of their ranks."""
    import pandas as pd

    if context.sections is None:
        return np.empty(0)
    sections, numbers = pd.factorize(context.sections)
    ranks = pd.DataFrame({"actual": actual, "forecast": forecast}).groupby(sections, sort=False).rank().to_numpy()
    middles = (np.bincount(sections) + 1) / 2
    a, f = (ranks - middles[sections][:, None]).T

    def summed(products: FloatArray) -> FloatArray:
        return np.bincount(sections, weights=products, minlength=len(numbers)).astype(np.float64)

    scale = np.sqrt(summed(a * a) * summed(f * f))
    found: FloatArray = summed(a * f)[scale > 0] / scale[scale > 0]
    return found
