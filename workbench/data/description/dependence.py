"""Whether returns remember: autocorrelation of the returns and of their size."""

from __future__ import annotations

import math

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.data.description.series import Closes, varies
from workbench.data.description.types import Autocorrelation, LjungBox, known

N_LAGS = 10
_PER_LAG = 4
"""Returns needed for each lag that is looked at."""
_NORMAL_95 = 1.959963984540054


def describe_dependence(closes: Closes) -> Autocorrelation | None:
    """Autocorrelations at lags 1 to 10, with the band of white noise and a test of all of them.

    The band is plus or minus `1.96 / sqrt(n)`. It and the test suppose independent returns of one variance;
    where volatility comes in clusters, returns exceed the band more often than one time in twenty.
    """
    values = closes.returns
    n_lags = min(N_LAGS, len(values) // _PER_LAG)
    if n_lags == 0:
        closes.undefined("autocorrelation", f"fewer than {_PER_LAG} returns")
        return None
    plain, plain_test = _tested(closes, "returns", values, n_lags)
    size, size_test = _tested(closes, "absolute", np.abs(values), n_lags)
    band = _NORMAL_95 / math.sqrt(len(values))
    return Autocorrelation(tuple(range(1, n_lags + 1)), band, plain, plain_test, size, size_test)


def _tested(
    closes: Closes, name: str, values: FloatArray, n_lags: int
) -> tuple[tuple[float, ...] | None, LjungBox | None]:
    if not varies(values):
        why = "the returns do not vary" if name == "returns" else "the sizes of the returns do not vary"
        closes.undefined(f"autocorrelation.{name}", why)
        closes.undefined(f"autocorrelation.{name}_test", why)
        return None, None
    found = autocorrelations(values, n_lags)
    return known(found), ljung_box(found, len(values))


def autocorrelations(values: FloatArray, n_lags: int) -> FloatArray:
    """Autocorrelations at lags 1 to `n_lags`, each over the variance of the whole series.

    ``r_k = sum_{t > k} (x_t - m)(x_{t-k} - m) / sum_t (x_t - m)**2``
    """
    centred = values - values.mean()
    total = np.dot(centred, centred)
    return np.array([np.dot(centred[lag:], centred[:-lag]) / total for lag in range(1, n_lags + 1)])


def ljung_box(correlations: FloatArray, n: int) -> LjungBox:
    """Test whether the first autocorrelations are all zero.

    ``Q = n (n + 2) sum_k r_k**2 / (n - k)``, which for white noise has about a chi-squared distribution with as many
    degrees of freedom as there are lags.

    Parameters
    ----------
    correlations : ndarray of shape (n_lags,)
        At lags 1 to `n_lags`.
    n : int
        Length of the series.

    References
    ----------
    .. [1] Ljung & Box (1978), *On a measure of lack of fit in time series models*, Biometrika 65(2), 297-303.
    """
    from scipy.special import chdtrc

    lags = np.arange(1, len(correlations) + 1)
    statistic = float(n * (n + 2) * np.sum(correlations**2 / (n - lags)))
    return LjungBox(len(lags), statistic, float(chdtrc(len(lags), statistic)))
