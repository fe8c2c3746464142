"""The Diebold-Mariano test with the correction of Harvey, Leybourne and Newbold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.contracts.arrays import FloatArray

Alternative = Literal["two-sided", "less", "greater"]


@dataclass(frozen=True)
class DieboldMariano:
    """Outcome of the test.

    Parameters
    ----------
    statistic, p_value : float
        Corrected statistic and its p-value from Student's t with n - 1 degrees of freedom.
    mean : float
        Mean loss differential.
    standard_error : float
        Of the mean, correction included: `statistic = mean / standard_error`.
    n : int
        Number of loss differentials.
    """

    statistic: float
    p_value: float
    mean: float
    standard_error: float
    n: int


def diebold_mariano(
    differential: FloatArray,
    *,
    horizon: int = 1,
    variance: Literal["acf", "bartlett"] = "acf",
    alternative: Alternative = "two-sided",
) -> DieboldMariano:
    """Test whether two forecasts lose alike.

    Parameters
    ----------
    differential : ndarray of shape (n,)
        Loss of the first forecast less loss of the second, in the order of time.
    horizon : int
        Steps ahead; autocovariances up to lag `horizon - 1` enter the variance.
    variance : {"acf", "bartlett"}
        Plain sum of autocovariances, as R's `dm.test` does by default, or Bartlett weights. Where the plain
        sum is not positive, Bartlett weights are used instead.
    alternative : {"two-sided", "less", "greater"}
        `less`: the second forecast is *less accurate* than the first (the convention of R's forecast package).

    Returns
    -------
    DieboldMariano
        Identical forecasts have zero variance; that is no difference: statistic 0, p-value 1 whatever the
        alternative. A differential that is constant but not zero gives an infinite statistic.

    Raises
    ------
    ValueError
        There are not more differentials than steps.

    References
    ----------
    .. [1] Diebold & Mariano (1995), *Comparing Predictive Accuracy*, JBES 13(3).
    .. [2] Harvey, Leybourne & Newbold (1997), *Testing the equality of prediction mean squared errors*,
       International Journal of Forecasting 13(2).
    """
    n = len(differential)
    if n <= horizon:
        raise ValueError(
            f"{n} loss differentials are too few for horizon {horizon}; at least {horizon + 1} are needed."
        )
    mean = float(np.mean(differential))
    spread = _long_run_variance(differential, horizon, variance) / n
    if spread <= 0 and mean == 0:
        return DieboldMariano(0.0, 1.0, 0.0, 0.0, n)
    if spread <= 0:
        statistic = float(np.copysign(np.inf, mean))
        return DieboldMariano(statistic, _p_value(statistic, n - 1, alternative), mean, 0.0, n)
    correction = np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    error = float(np.sqrt(spread) / correction)
    statistic = mean / error
    return DieboldMariano(statistic, _p_value(statistic, n - 1, alternative), mean, error, n)


def _long_run_variance(d: FloatArray, horizon: int, variance: str) -> float:
    centred = d - d.mean()
    covariances = np.array([np.dot(centred[lag:], centred[: len(d) - lag]) / len(d) for lag in range(horizon)])
    if covariances[0] <= np.finfo(np.float64).eps * float(np.mean(d**2)):  # constant up to rounding
        return 0.0
    plain = float(covariances[0] + 2 * covariances[1:].sum())
    if variance == "acf" and plain > 0:
        return plain
    weights = 1.0 - np.arange(1, horizon) / horizon
    return float(covariances[0] + 2 * np.dot(weights, covariances[1:]))


def _p_value(statistic: float, degrees: int, alternative: Alternative) -> float:
    from scipy import stats

    if alternative == "two-sided":
        return float(2 * stats.t.sf(abs(statistic), degrees))
    return float(stats.t.cdf(statistic, degrees) if alternative == "less" else stats.t.sf(statistic, degrees))
