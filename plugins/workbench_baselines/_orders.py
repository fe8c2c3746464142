"""Choosing the order of an ARIMA model."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from workbench import FloatArray
from workbench_baselines._estimating import moves, unit

MOST_DIFFERENCES = 2
STATIONARY = 0.463
"""Critical value of the KPSS statistic at 5 %, for a series about a level."""
NEAREST_ROOT = 1.01
"""Roots nearer to the unit circle make a model that is hardly stationary or invertible; it is passed over."""
_LONG = 20
"""Most terms of the autoregression whose errors start the estimates."""


def choose_order(
    values: FloatArray, max_p: int, max_q: int, constant: bool | None
) -> tuple[tuple[int, int, int], bool]:
    """Choose p, d, q and the constant of a series, as Hyndman & Khandakar (2008, sec. 3) do.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Oldest first; NaN where one is missing.
    max_p, max_q : int
    constant : bool or None
        None leaves the choice to the AICc.

    Returns
    -------
    tuple of int, int, int
        p, d and q.
    bool
        Whether there is a constant; never with two differences.
    """
    d = n_differences(values)
    allowed = (False,) if d == MOST_DIFFERENCES else (True, False) if constant is None else (constant,)
    if not moves(differenced(values, d)):
        return (0, d, 0), allowed[0]
    search = _Search(values / unit(differenced(values, d)), d)
    for shape in _first_guesses(max_p, max_q, allowed):
        search.try_shape(shape)
    found = None
    while found != search.best:
        found = search.best
        for shape in _neighbours(*found, max_p, max_q, allowed):
            search.try_shape(shape)
            if search.best != found:
                break
    p, q, chosen = search.best
    return (p, d, q), chosen


def _first_guesses(max_p: int, max_q: int, allowed: tuple[bool, ...]) -> Iterator[tuple[int, int, bool]]:
    for constant in allowed:
        yield 0, 0, constant
    for p, q in ((2, 2), (1, 0), (0, 1)):
        yield min(p, max_p), min(q, max_q), allowed[0]


def _neighbours(
    p: int, q: int, constant: bool, max_p: int, max_q: int, allowed: tuple[bool, ...]
) -> Iterator[tuple[int, int, bool]]:
    for i, j in ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)):
        if 0 <= p + i <= max_p and 0 <= q + j <= max_q:
            yield p + i, q + j, constant
    if len(allowed) > 1:
        yield p, q, not constant


def differenced(values: FloatArray, d: int) -> FloatArray:
    """Return the `d`-th differences; NaN where one of the values is missing."""
    return np.diff(values, n=d)


def n_differences(values: FloatArray) -> int:
    """Return how often a series has to be differenced until the KPSS test takes it for stationary, at most twice."""
    for d in range(MOST_DIFFERENCES):
        changes = differenced(values, d)
        changes = changes[np.isfinite(changes)]
        if not moves(changes) or kpss_statistic(changes) < STATIONARY:
            return d
    return MOST_DIFFERENCES


def kpss_statistic(values: FloatArray) -> float:
    """Return the KPSS statistic about a level, with as many lags as R's `ndiffs` takes: `3 sqrt(n) / 13`."""
    from statsmodels.tsa.stattools import kpss

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of p-values beyond its table
        return float(kpss(values, regression="c", nlags=int(3 * np.sqrt(len(values)) / 13))[0])


@dataclass
class _Search:
    """The shapes (p, q, constant) that were tried, and the best so far."""

    values: FloatArray
    d: int
    tried: dict[tuple[int, int, bool], float] = field(default_factory=dict)

    @property
    def best(self) -> tuple[int, int, bool]:
        return min(self.tried, key=lambda shape: self.tried[shape])

    def try_shape(self, shape: tuple[int, int, bool]) -> None:
        if shape not in self.tried:
            self.tried[shape] = self._aicc(*shape)

    def _aicc(self, p: int, q: int, constant: bool) -> float:
        from workbench_baselines._arima import sarimax

        n, k = int(np.isfinite(self._changes).sum()), p + q + int(constant) + 1
        if n - k - 1 <= 0:
            return np.inf if p + q else 0.0
        level, ar, ma = quick_estimate(self._changes, p, q, constant)
        if _nearest_root(ar, ma) < NEAREST_ROOT:
            return np.inf
        params = _packed(level, ar, ma, constant)
        likelihood = sarimax(self.values, (p, self.d, q), constant).loglike(params, transformed=True)
        criterion = -2 * float(likelihood) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
        return criterion if np.isfinite(criterion) else np.inf

    @cached_property
    def _changes(self) -> FloatArray:
        return differenced(self.values, self.d)


def quick_estimate(changes: FloatArray, p: int, q: int, constant: bool) -> tuple[float, FloatArray, FloatArray]:
    """Estimate the mean and the weights of a differenced series by conditional least squares about its mean.

    A missing value is taken for the mean. Without a constant the mean is zero.
    """
    level = float(np.nanmean(changes)) if constant else 0.0
    return level, *conditional_least_squares(np.nan_to_num(changes - level, nan=0.0), p, q)


def starting_params(changes: FloatArray, order: tuple[int, int, int], constant: bool) -> FloatArray:
    """Return where to start the search for the greatest likelihood, away from its borders, in statsmodels' order."""
    level, ar, ma = quick_estimate(changes, order[0], order[2], constant)
    return _packed(level, _shrunk(ar), -_shrunk(-ma), constant)


def _packed(level: float, ar: FloatArray, ma: FloatArray, constant: bool) -> FloatArray:
    return np.concatenate([[level * (1 - ar.sum())] if constant else [], ar, ma])


def conditional_least_squares(values: FloatArray, p: int, q: int) -> tuple[FloatArray, FloatArray]:
    """Estimate an ARMA model about zero by least squares, taking what came before the series for zero.

    Returns
    -------
    ndarray of shape (p,)
        Autoregressive weights, stationary.
    ndarray of shape (q,)
        Moving-average weights, invertible.
    """
    from scipy.optimize import least_squares

    if p + q == 0 or len(values) <= p + q:
        return np.zeros(p), np.zeros(q)

    def errors(free: FloatArray) -> FloatArray:
        return _errors(values, _weights(free[:p]), -_weights(free[p:]))

    def slopes(free: FloatArray) -> FloatArray:
        ar, ma = _weights(free[:p]), -_weights(free[p:])
        past = _lagged(_errors(values, np.empty(0), ma), p) @ _weight_slopes(free[:p])
        past_errors = _lagged(_errors(_errors(values, ar, ma), np.empty(0), ma), q) @ _weight_slopes(free[p:])
        return np.hstack([-past, past_errors])

    start = np.concatenate([_free(part) for part in _started(values, p, q)])
    free = least_squares(errors, start, slopes, method="lm", ftol=1e-7, xtol=1e-5, max_nfev=100).x
    return _weights(free[:p]), -_weights(free[p:])


def _errors(values: FloatArray, ar: FloatArray, ma: FloatArray) -> FloatArray:
    """Return the one-step errors of an ARMA model about zero."""
    from scipy.signal import lfilter

    out: FloatArray = lfilter(np.concatenate([[1.0], -ar]), np.concatenate([[1.0], ma]), values)
    return out


def _started(values: FloatArray, p: int, q: int) -> tuple[FloatArray, FloatArray]:
    """Regress on past values and on the errors of a long autoregression, as Hannan & Rissanen (1982) do.

    Returns autoregressive weights, and moving-average weights with their sign turned.
    """
    long = min(_LONG, len(values) // 4)
    past = _lagged(values, long)
    errors = values - past @ _regressed(past[long:], values[long:])
    errors[:long] = 0.0
    both = np.hstack([_lagged(values, p), _lagged(errors, q)])
    weights = _regressed(both[long:], values[long:])
    return _shrunk(weights[:p]), _shrunk(-weights[p:])


def _regressed(x: FloatArray, y: FloatArray) -> FloatArray:
    return np.linalg.lstsq(x, y, rcond=None)[0].astype(np.float64)


def _lagged(values: FloatArray, n: int) -> FloatArray:
    """Return the `n` values before each, of shape (len(values), n); zero before the first."""
    padded = np.concatenate([np.zeros(n), values])
    return np.column_stack([padded[n - i : len(padded) - i] for i in range(1, n + 1)] or [np.empty((len(values), 0))])


def _shrunk(weights: FloatArray) -> FloatArray:
    """Pull weights toward zero until the roots of their polynomial lie outside the circle of radius 1.05."""
    while len(weights) and _nearest_root(weights, np.empty(0)) < 1.05:
        weights = weights * 0.9 ** np.arange(1, len(weights) + 1)
    return weights


def _nearest_root(ar: FloatArray, ma: FloatArray) -> float:
    """Return the smallest modulus of the roots of `1 - ar(L)` and `1 + ma(L)`."""
    with np.errstate(divide="ignore"):
        inverse = [np.roots(np.concatenate([[1.0], part])) for part in (-ar, ma)]
        return float(min((1 / np.abs(part).max() for part in inverse if len(part)), default=np.inf))


def _weights(free: FloatArray) -> FloatArray:
    """Map any numbers to weights of a stationary autoregression, through its partial autocorrelations [1]_.

    References
    ----------
    .. [1] Monahan (1984), "A note on enforcing stationarity in ARMA models", *Biometrika* 71(2).
    """
    weights: list[float] = []
    for partial in (free / np.sqrt(1 + free**2)).tolist():
        weights = [w - partial * v for w, v in zip(weights, reversed(weights), strict=True)] + [partial]
    return np.array(weights)


def _weight_slopes(free: FloatArray) -> FloatArray:
    """Return the derivatives of the weights, of shape (n weights, n free)."""
    shifts = 1e-6 * np.eye(len(free))
    columns = [(_weights(free + shift) - _weights(free - shift)) / 2e-6 for shift in shifts]
    return np.column_stack(columns) if columns else np.empty((0, 0))


def _free(weights: FloatArray) -> FloatArray:
    """Return the numbers that `_weights` maps to stationary weights."""
    partials = np.empty(len(weights))
    for i in range(len(weights) - 1, -1, -1):
        last = partials[i] = weights[i]
        weights = (weights[:i] + last * weights[:i][::-1]) / (1 - last**2)
    return partials / np.sqrt(1 - partials**2)
