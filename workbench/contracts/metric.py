"""`Metric`: one number for how far off forecasts were."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from workbench.contracts.arrays import FloatArray, IntArray, TextArray, TimeArray
from workbench.contracts.plugin import Plugin


@dataclass(frozen=True, eq=False)
class MetricContext:
    """What a metric may know beside actual and forecast.

    All but the first two are None unless the metric `needs` them.

    Parameters
    ----------
    persistence : ndarray of shape (n,)
        Persistence forecast of the same rows, in the same space.
    space : str
        `scaled`, `target` or `price`.
    levels : ndarray of shape (q,), optional
        Quantile levels that the rows are forecast at, increasing.
    quantiles : ndarray of shape (n, q), optional
        Forecast quantiles of the same rows, in the same space: `target` or `price`, never `scaled`.
    origins : ndarray of shape (n,), datetime64, optional
        Labels of the bars that the rows were forecast from.
    symbols : ndarray of shape (n,), optional
        Symbol of each row; there are several.
    sections : ndarray of int of shape (n,), optional
        Numbers that rows of one cross-section share: the same origin and step of different symbols, as forecast by one
        fit of a seed and fold.
    """

    persistence: FloatArray
    space: str
    levels: FloatArray | None = None
    quantiles: FloatArray | None = None
    origins: TimeArray | None = None
    symbols: TextArray | None = None
    sections: IntArray | None = None


class Metric(Plugin):
    """Scores forecasts against what happened."""

    kind: ClassVar[str] = "metric"
    lower_is_better: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset()
    """What it cannot do without: `quantiles`, or `symbols` (rows of several). It is asked only where that is there."""

    @abstractmethod
    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return the score of the rows given; NaN where it is undefined.

        Parameters
        ----------
        actual, forecast : ndarray of shape (n,)
            Finite, one entry per row and step.
        context : MetricContext
        """
