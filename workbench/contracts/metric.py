"""`Metric`: one number for how far off forecasts were."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from workbench.contracts.arrays import FloatArray
from workbench.contracts.plugin import Plugin


@dataclass(frozen=True, eq=False)
class MetricContext:
    """What a metric may know beside actual and forecast.

    Parameters
    ----------
    persistence : ndarray of shape (n,)
        Persistence forecast of the same rows, in the same space.
    space : str
        `scaled`, `target` or `price`.
    """

    persistence: FloatArray
    space: str


class Metric(Plugin):
    """Scores forecasts against what happened."""

    kind: ClassVar[str] = "metric"
    lower_is_better: ClassVar[bool] = True

    @abstractmethod
    def score(self, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
        """Return the score of the rows given; NaN where it is undefined.

        Parameters
        ----------
        actual, forecast : ndarray of shape (n,)
            Finite, one entry per row and step.
        context : MetricContext
        """
