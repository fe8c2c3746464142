"""`Prediction`: what a fitted forecaster returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.contracts.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Prediction:
    """Point and, optionally, quantile forecasts in target units.

    Parameters
    ----------
    point : ndarray of shape (n, horizon)
        This and the others are kept as float64, whatever precision they come in.
    levels : ndarray of shape (q,), optional
        Quantile levels, increasing, between 0 and 1.
    quantiles : ndarray of shape (n, horizon, q), optional
        Forecast quantiles at `levels`.

    Raises
    ------
    ValueError
        Shapes do not fit together, or only one of `levels` and `quantiles` is given.
    """

    point: FloatArray
    levels: FloatArray | None = None
    quantiles: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in ("point", "levels", "quantiles"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, np.asarray(value, dtype=np.float64))
        if self.point.ndim != 2:
            raise ValueError(f"`point` must have shape (n, horizon), got {self.point.shape}.")
        if (self.levels is None) != (self.quantiles is None):
            raise ValueError("give both `levels` and `quantiles`, or neither.")
        if self.levels is not None and self.quantiles is not None:
            _check_quantiles(self.point, self.levels, self.quantiles)

    @classmethod
    def of(cls, value: Prediction | FloatArray, n: int, horizon: int) -> Prediction:
        """Accept a `Prediction` or a bare array and check its shape against (n, horizon).

        A one-dimensional array is accepted when `horizon` is 1.
        """
        prediction = value if isinstance(value, cls) else cls(_as_point(value))
        if prediction.point.shape != (n, horizon):
            raise ValueError(f"expected a forecast of shape {(n, horizon)}, got {prediction.point.shape}.")
        return prediction


def _check_quantiles(point: FloatArray, levels: FloatArray, quantiles: FloatArray) -> None:
    if levels.ndim != 1 or not ((levels > 0) & (levels < 1)).all() or (np.diff(levels) <= 0).any():
        raise ValueError(f"`levels` must increase strictly between 0 and 1, got {levels.tolist()}.")
    if quantiles.shape != (*point.shape, len(levels)):
        raise ValueError(f"`quantiles` must have shape {(*point.shape, len(levels))}, got {quantiles.shape}.")


def _as_point(value: object) -> FloatArray:
    point = np.asarray(value, dtype=np.float64)
    return point[:, None] if point.ndim == 1 else point
