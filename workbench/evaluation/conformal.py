"""Split-conformal intervals: as wide as the errors on origins that the fit never saw.

References
----------
.. [1] Vovk, Gammerman & Shafer (2005), *Algorithmic Learning in a Random World*, Springer.
.. [2] Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018), "Distribution-Free Predictive Inference for Regression",
   *Journal of the American Statistical Association* 113(523), 1094-1111, algorithm 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import numpy as np

from workbench.contracts.arrays import FloatArray, IntArray, TextArray
from workbench.contracts.prediction import Prediction
from workbench.errors import DataError


def needed_origins(coverage: float) -> int:
    """Return the fewest calibration origins that an interval of this coverage can be told from: c / (1 - c)."""
    share = _exact(coverage)
    return math.ceil(share / (1 - share))


def rank_of(n: int, coverage: float) -> int:
    """Return which of `n` sorted absolute residuals is the radius, from 1: the ceil((n + 1) c)-th.

    The `+ 1` is the bar that is forecast: where it is exchangeable with the calibration origins, its absolute
    residual is as likely to have any rank among all n + 1 of them.
    """
    return math.ceil((n + 1) * _exact(coverage))


def _exact(share: float) -> Fraction:
    """Read a share as it was typed: 20 x 0.95 is 19, and no rounding makes it the twentieth."""
    return Fraction(str(float(share)))


@dataclass(frozen=True)
class Conformal:
    """Half widths of the intervals around a fit's forecasts, in target units.

    Each symbol has its own, from its own residuals: those of a quiet one say nothing of a lively one.

    Parameters
    ----------
    coverage : tuple of float
        Nominal coverages, increasing.
    radii : mapping of str to tuple of tuple of float
        Per symbol, `radii[symbol][step - 1][j]` is the half width for `coverage[j]`. A symbol that had too few
        calibration origins is missing, and gets no intervals.
    n_origins : mapping of str to int
        Calibration origins of each of these symbols.
    """

    coverage: tuple[float, ...]
    radii: Mapping[str, tuple[tuple[float, ...], ...]]
    n_origins: Mapping[str, int]

    @classmethod
    def measured(
        cls, point: FloatArray, actual: FloatArray, symbols: TextArray, coverage: Sequence[float]
    ) -> Conformal:
        """Measure the radii on calibration origins.

        Parameters
        ----------
        point, actual : ndarray of shape (n, horizon)
            Forecasts of the calibration origins and what happened, in target units.
        symbols : ndarray of shape (n,)
        coverage : sequence of float
            Increasing.
        """
        fewest = needed_origins(max(coverage))
        residuals = np.abs(actual - point)
        radii, counts = {}, {}
        for symbol in dict.fromkeys(symbols):
            own = np.sort(residuals[symbols == symbol], axis=0)  # (n, horizon), each step by itself
            if len(own) >= fewest:
                picked = own[[rank_of(len(own), c) - 1 for c in coverage]]  # (n_coverages, horizon)
                radii[str(symbol)] = tuple(map(tuple, picked.T.tolist()))
                counts[str(symbol)] = len(own)
        return cls(tuple(coverage), radii, counts)

    @property
    def levels(self) -> FloatArray:
        """Quantile levels of the edges: (1 - c) / 2 and 1 - (1 - c) / 2 for each coverage, increasing."""
        low = [round((1 - c) / 2, 12) for c in reversed(self.coverage)]
        return np.array([*low, *(round(1 - level, 12) for level in reversed(low))])

    def around(self, prediction: Prediction, symbols: TextArray) -> Prediction:
        """Put the intervals around point forecasts; a forecast that has quantiles keeps those.

        Parameters
        ----------
        prediction : Prediction
            In target units.
        symbols : ndarray of shape (n,)
            Symbol of each forecast. Those without radii get NaN.
        """
        if prediction.quantiles is not None or not any(symbol in self.radii for symbol in symbols):
            return prediction
        half = np.full((*prediction.point.shape, len(self.coverage)), np.nan)  # (n, horizon, n_coverages)
        for symbol, radii in self.radii.items():
            half[symbols == symbol] = radii
        point = prediction.point[:, :, None]
        return Prediction(
            prediction.point, self.levels, np.concatenate([point - half[:, :, ::-1], point + half], axis=2)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; `from_dict` reads them back equal."""
        radii = {symbol: [list(step) for step in steps] for symbol, steps in self.radii.items()}
        return {"coverage": list(self.coverage), "radii": radii, "n_origins": dict(self.n_origins)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        radii = {symbol: tuple(map(tuple, steps)) for symbol, steps in plain["radii"].items()}
        return cls(tuple(plain["coverage"]), radii, dict(plain["n_origins"]))


def short_of_origins(
    calibration: Mapping[str, IntArray], tested: Mapping[str, IntArray], coverage: Sequence[float], fold: int
) -> list[str]:
    """Return the symbols that are tested in a fold with too few calibration origins for the widest interval.

    Parameters
    ----------
    calibration, tested : mapping of str to ndarray of int
        Calibration origins of the fit that serves the fold, and the fold's test origins.
    coverage : sequence of float
    fold : int

    Raises
    ------
    DataError
        No symbol of the fold has enough.
    """
    fewest = needed_origins(max(coverage))
    counts = {symbol: len(calibration[symbol]) for symbol, rows in tested.items() if len(rows)}
    short = [symbol for symbol, n in counts.items() if n < fewest]
    if counts and len(short) == len(counts):
        raise DataError(
            f"fold {fold} has {max(counts.values())} calibration origins{' per symbol at most' * (len(counts) > 1)}, "
            f"but an interval that is to cover {100 * max(coverage):g} % needs {fewest}. `calibration` is a share of "
            f"the training origins: ask for a larger one, for more training rows, or for a smaller `coverage`."
        )
    return short
