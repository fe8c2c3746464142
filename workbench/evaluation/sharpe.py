"""How much a Sharpe ratio can be believed: probabilistic, deflated, and the track record it needs.

Convention of Bailey and Lopez de Prado (2012, 2014): Sharpe ratios are per period, never annual; kurtosis is
not excess (3 for a normal distribution); the standard error is taken at the *estimate* with n - 1. The later
form of 2025, at the benchmark with n, gives other numbers and is not used here.

References
----------
.. [1] Bailey & Lopez de Prado (2012), *The Sharpe Ratio Efficient Frontier*, Journal of Risk 15(2).
.. [2] Bailey & Lopez de Prado (2014), *The Deflated Sharpe Ratio*, Journal of Portfolio Management 40(5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.errors import DataError, RequestError

_NORMAL = NormalDist()
_EULER_GAMMA: Final = 0.5772156649015329


@dataclass(frozen=True)
class SharpeEstimate:
    """A Sharpe ratio and what its uncertainty depends on.

    Parameters
    ----------
    sharpe : float
        Mean over standard deviation of the returns, per period.
    n : int
        Number of returns; at least 2.
    skew, kurtosis : float
        Of the returns; population moments, kurtosis not excess. The defaults are those of a normal
        distribution.

    Raises
    ------
    DataError
        `n` is below 2, or the moments are those of no distribution near this Sharpe ratio.
    """

    sharpe: float
    n: int
    skew: float = 0.0
    kurtosis: float = 3.0

    def __post_init__(self) -> None:
        if self.n < 2:
            raise DataError(f"a Sharpe ratio needs at least 2 returns, got {self.n}.")
        if not self.spread > 0:
            raise DataError(
                f"skew {self.skew:g} and kurtosis {self.kurtosis:g} leave a Sharpe ratio of {self.sharpe:g} "
                "without a variance; kurtosis here is not excess, so a normal distribution has 3."
            )

    @classmethod
    def of(cls, returns: FloatArray) -> SharpeEstimate:
        """Estimate from simple returns of shape (n,); known once the last of them is.

        Raises
        ------
        DataError
            There are fewer than two returns, or they are all equal.
        """
        if len(returns) < 2 or not np.ptp(returns) > 0:
            raise DataError("a Sharpe ratio needs at least 2 returns that are not all equal.")
        centred = returns - returns.mean()
        scale = math.sqrt(float(np.mean(centred**2)))
        return cls(
            sharpe=float(returns.mean() / returns.std(ddof=1)),
            n=len(returns),
            skew=float(np.mean((centred / scale) ** 3)),
            kurtosis=float(np.mean((centred / scale) ** 4)),
        )

    @property
    def spread(self) -> float:
        """Variance of the estimate times n - 1 (Mertens)."""
        return 1 - self.skew * self.sharpe + (self.kurtosis - 1) / 4 * self.sharpe**2

    @property
    def standard_error(self) -> float:
        """Standard error at the estimate."""
        return math.sqrt(self.spread / (self.n - 1))


def probabilistic_sharpe(estimate: SharpeEstimate, benchmark: float = 0.0) -> float:
    """Return the probability that the true Sharpe ratio exceeds `benchmark` (per period)."""
    return _NORMAL.cdf((estimate.sharpe - benchmark) / estimate.standard_error)


def expected_maximum(n_trials: int) -> float:
    """Return the expected largest of `n_trials` independent standard normal draws; 0 for one trial.

    Raises
    ------
    RequestError
        `n_trials` is below 1.
    """
    if n_trials < 1:
        raise RequestError(f"`n_trials` is {n_trials}; at least the trial itself counts, so expected 1 or more.")
    if n_trials == 1:
        return 0.0
    return (1 - _EULER_GAMMA) * _NORMAL.inv_cdf(1 - 1 / n_trials) + _EULER_GAMMA * _NORMAL.inv_cdf(
        1 - 1 / (n_trials * math.e)
    )


def deflated_sharpe(estimate: SharpeEstimate, n_trials: int, trials_variance: float) -> float:
    """Return the probability that the true Sharpe ratio exceeds what luck gives the best of `n_trials`.

    Parameters
    ----------
    estimate : SharpeEstimate
        The chosen trial.
    n_trials : int
        Trials it was chosen from, itself included.
    trials_variance : float
        Variance of the Sharpe ratios of all trials, per period.
    """
    if trials_variance < 0:
        raise RequestError(f"`trials_variance` is {trials_variance:g}; a variance is never negative.")
    return probabilistic_sharpe(estimate, math.sqrt(trials_variance) * expected_maximum(n_trials))


def min_track_record(estimate: SharpeEstimate, benchmark: float = 0.0, confidence: float = 0.95) -> float | None:
    """Return the number of returns needed to believe that the Sharpe ratio exceeds `benchmark`.

    None where the estimate does not exceed the benchmark: no track record is long enough.
    """
    if not 0.5 < confidence < 1:
        raise RequestError(f"`confidence` is {confidence:g}; expected a share between 0.5 and 1, such as 0.95.")
    if estimate.sharpe <= benchmark:
        return None
    return 1 + estimate.spread * (_NORMAL.inv_cdf(confidence) / (estimate.sharpe - benchmark)) ** 2
