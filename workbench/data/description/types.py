"""The numbers of a description, as frozen values: None where something is undefined, never NaN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.contracts.arrays import FloatArray

ReturnKind = Literal["log_return", "difference"]


@dataclass(frozen=True, slots=True)
class Prices:
    """Closes at a glance; moments are ISO texts."""

    first: float
    last: float
    min: float
    min_at: str
    max: float
    max_at: str


@dataclass(frozen=True, slots=True)
class Move:
    """A change from one close to the next; `simple_return` is None where the price before is not positive."""

    at: str
    value: float
    simple_return: float | None
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of values from `edges[i]` (included) to `edges[i + 1]`, and of those beyond either end.

    The middle bin has zero in its middle where zero is in sight.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int
    above: int


@dataclass(frozen=True, slots=True)
class Returns:
    """Changes from close to close.

    Parameters
    ----------
    kind : {"log_return", "difference"}
        Logarithmic where all prices are positive, else plain differences in price units; all numbers here but the
        simple ones are of this kind.
    n : int
    mean, std : float or None
        Standard deviation with n - 1.
    annual_volatility : float or None
        `std * sqrt(periods_per_year)`.
    periods_per_year : float
        Bars that make a year.
    skewness, excess_kurtosis : float or None
        Third and fourth standardised moment with n, the fourth less 3.
    zero_share : float
        Share of bars that close exactly where the bar before closed.
    quantiles : mapping of str to float
        Per probability, such as `0.01`; linear between neighbours.
    simple_mean, simple_std : float or None
        Of simple returns; None where a price is not positive.
    largest : tuple of Move
        The largest by size, largest first.
    histogram : Histogram
    """

    kind: ReturnKind
    n: int
    mean: float
    std: float | None
    annual_volatility: float | None
    periods_per_year: float
    skewness: float | None
    excess_kurtosis: float | None
    zero_share: float
    quantiles: Mapping[str, float]
    simple_mean: float | None
    simple_std: float | None
    largest: tuple[Move, ...]
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class RollingVolatility:
    """Annualised standard deviation of the last `window` returns, along the series."""

    window: int
    min: float
    min_at: str
    median: float
    max: float
    max_at: str
    last: float


@dataclass(frozen=True, slots=True)
class LjungBox:
    """A test of the first `lags` autocorrelations together; a small p-value speaks against all being zero."""

    lags: int
    statistic: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Autocorrelation:
    """Autocorrelations at `lags`; of white noise 95 % lie within plus or minus `band`."""

    lags: tuple[int, ...]
    band: float
    returns: tuple[float, ...] | None
    returns_test: LjungBox | None
    absolute: tuple[float, ...] | None
    absolute_test: LjungBox | None


@dataclass(frozen=True, slots=True)
class Shift:
    """The last bars, on which models are tested, against those before them.

    Parameters
    ----------
    test_fraction : float
    test_from : str
        First bar of the test.
    n_train, n_test : int
        Closes on either side.
    train_mean, test_mean, train_volatility, test_volatility : float or None
        Of the returns; volatility is annualised.
    volatility_ratio : float or None
        Test over train.
    train_low, train_high, test_low, test_high : float
        Range of the closes.
    share_outside : float
        Share of test closes outside the range of the training closes: what a scaler that was fitted on the range
        of training has never seen.
    ks_statistic : float or None
        Largest distance between the distribution functions of the returns (Kolmogorov and Smirnov).
    ks_p_value : float or None
        As if returns were independent, which they are not: volatility comes in clusters, so it is too small.
    """

    test_fraction: float
    test_from: str
    n_train: int
    n_test: int
    train_mean: float | None
    test_mean: float | None
    train_volatility: float | None
    test_volatility: float | None
    volatility_ratio: float | None
    train_low: float
    train_high: float
    test_low: float
    test_high: float
    share_outside: float
    ks_statistic: float | None
    ks_p_value: float | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without bars: between which bars, how long, how many bars are missing."""

    after: str
    before: str
    seconds: float
    n_missing: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """Bars that could have been there and are not.

    Parameters
    ----------
    rule : str
        What is counted as missing.
    n : int
        Stretches without bars.
    n_missing : int
        Bars missing in all of them.
    longest : tuple of Gap
        The longest by bars missing, longest first.
    largest_step : float
        Largest time between two neighbouring bars in bar lengths, closed markets included.
    largest_step_after : str
        Bar after which it came.
    """

    rule: str
    n: int
    n_missing: int
    longest: tuple[Gap, ...]
    largest_step: float
    largest_step_after: str


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of the close from the highest close before it; `fall` is a fraction, 0 or negative."""

    fall: float
    peak_at: str
    trough_at: str


@dataclass(frozen=True, slots=True)
class Persistence:
    """What "tomorrow = today" scores on the test bars, one bar ahead; a forecast has to beat that.

    Parameters
    ----------
    n_test : int
    rmse, mae : float
        In price.
    log_rmse : float or None
        RMSE of a log return of zero; None where a price is not positive.
    """

    n_test: int
    rmse: float
    mae: float
    log_rmse: float | None


def known(values: FloatArray) -> tuple[float, ...]:
    """Return an array as a tuple of plain numbers."""
    return tuple(float(value) for value in values)
