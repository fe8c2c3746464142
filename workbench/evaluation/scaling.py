"""Scalers, fitted per fold and symbol on training rows only.

The three named ones are affine and written here, so that no run needs scikit-learn to start; any object with
`fit`, `transform` and `inverse_transform`, such as a scikit-learn transformer, may stand in their place.
"""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.contracts.use import Use
from workbench.errors import ExperimentError, did_you_mean

NAMED_SCALERS = ("standard", "minmax", "robust", "none")

CONSTANT = 1e-12
"""A spread below this share of the level is rounding: the column is constant, and is shifted but not scaled."""


class Scaler(Protocol):
    """A fitted scaler of columns."""

    def transform(self, values: FloatArray) -> FloatArray:
        """Scale values of shape (n, n_columns)."""
        ...

    def inverse_transform(self, values: FloatArray) -> FloatArray:
        """Undo `transform`."""
        ...


@dataclass(frozen=True, eq=False)
class AffineScaler:
    """`(x - center) / scale`, column by column."""

    center: FloatArray
    scale: FloatArray

    def transform(self, values: FloatArray) -> FloatArray:
        """Scale values of shape (n, n_columns)."""
        return (values - self.center) / self.scale

    def inverse_transform(self, values: FloatArray) -> FloatArray:
        """Undo `transform`."""
        return values * self.scale + self.center


def check_scaler(spec: Any) -> None:
    """Refuse a scaler that `fit_scaler` could not make."""
    if not isinstance(spec, Use):
        return
    if spec.name not in NAMED_SCALERS:
        raise ExperimentError(
            f"no scaler is named {spec.name!r}.{did_you_mean(spec.name, NAMED_SCALERS)} "
            f"Available: {', '.join(NAMED_SCALERS)}; or hand in a scikit-learn transformer."
        )
    allowed = {"range"} if spec.name == "minmax" else set()
    if set(spec.params) - allowed:
        unknown = sorted(set(spec.params) - allowed)[0]
        takes = "It takes `range`, such as [-1, 1]." if allowed else "It takes none."
        raise ExperimentError(f"scaler {spec.name!r} has no parameter `{unknown}`. {takes}")
    _range_of(spec)


def fit_scaler(spec: Any, values: FloatArray) -> Scaler:
    """Fit a scaler on training values.

    Parameters
    ----------
    spec : Use or transformer
        See `Experiment.scaler`; a transformer is copied, never changed.
    values : ndarray of shape (n, n_columns)
        Training rows; NaN is ignored by the named scalers. Handing in later rows would be a leak.
    """
    if not isinstance(spec, Use):
        fitted: Scaler = copy.deepcopy(spec).fit(values[np.isfinite(values).all(axis=1)])
        return fitted
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # columns that are all NaN; their windows are dropped
        center, scale = _affine(spec, values)
    center = np.where(np.isfinite(center), center, 0.0)
    varies = np.isfinite(scale) & (scale > CONSTANT * np.abs(center))
    return AffineScaler(center, np.where(varies, scale, 1.0))


def _affine(spec: Use, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    if spec.name == "standard":
        return np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    if spec.name == "robust":
        lower, upper = (np.nanpercentile(values, q, axis=0) for q in (25, 75))
        return np.nanmedian(values, axis=0), upper - lower
    if spec.name == "none":
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    low, high = _range_of(spec)
    smallest, largest = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    scale = (largest - smallest) / (high - low)
    return smallest - low * scale, scale


def _range_of(spec: Use) -> tuple[float, float]:
    bounds = spec.params.get("range", (0.0, 1.0))
    try:
        low, high = (float(b) for b in bounds)
    except (TypeError, ValueError):
        raise ExperimentError(
            f"`range` of scaler 'minmax' is {bounds!r}; expected two numbers, such as [-1, 1]."
        ) from None
    if not low < high:
        raise ExperimentError(f"`range` of scaler 'minmax' is {bounds!r}; the first must be below the second.")
    return low, high
