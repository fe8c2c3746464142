"""What changes between the bars that models learn from and those they are tested on."""

from __future__ import annotations

import math

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.data.description.series import Closes, deviation, scaled, varies
from workbench.data.description.types import Persistence, Shift

_NO_TRAINING = "no close lies before the test, which all symbols begin at the same moment"
_NO_TEST = "no close lies in the test, which all symbols begin at the same moment"


def describe_shift(closes: Closes, test_fraction: float) -> Shift | None:
    """Compare the test with the bars before it; a return belongs to the side of its later close."""
    n_train, values = closes.n_train, closes.values
    if why := _empty_side(closes):
        closes.undefined("shift", why)
        return None
    before, after = closes.returns[: n_train - 1], closes.returns[n_train - 1 :]
    low, high = float(values[:n_train].min()), float(values[:n_train].max())
    tested = values[n_train:]
    yearly = math.sqrt(closes.periods_per_year)
    train_volatility = scaled(_deviation(closes, "train_volatility", before), yearly)
    test_volatility = scaled(_deviation(closes, "test_volatility", after), yearly)
    statistic, p_value = _kolmogorov_smirnov(closes, before, after)
    return Shift(
        test_fraction=test_fraction,
        test_from=closes.at(n_train),
        n_train=n_train,
        n_test=len(tested),
        train_mean=_mean(closes, before),
        test_mean=float(after.mean()),
        train_volatility=train_volatility,
        test_volatility=test_volatility,
        volatility_ratio=_ratio(closes, before, train_volatility, test_volatility),
        train_low=low,
        train_high=high,
        test_low=float(tested.min()),
        test_high=float(tested.max()),
        share_outside=float(np.mean((tested < low) | (tested > high))),
        ks_statistic=statistic,
        ks_p_value=p_value,
    )


def _empty_side(closes: Closes) -> str:
    if len(closes.values) < 2:
        return "fewer than two bars have a close"
    if closes.n_train >= len(closes.values):
        return _NO_TEST
    return _NO_TRAINING if closes.n_train == 0 else ""


def _deviation(closes: Closes, name: str, values: FloatArray) -> float | None:
    found = deviation(values)
    if found is None:
        closes.undefined(f"shift.{name}", "fewer than two returns there")
    return found


def _mean(closes: Closes, before: FloatArray) -> float | None:
    if not len(before):
        closes.undefined("shift.train_mean", "no return lies before the test")
        return None
    return float(before.mean())


def _ratio(closes: Closes, before: FloatArray, train: float | None, test: float | None) -> float | None:
    if train is None or test is None:
        closes.undefined("shift.volatility_ratio", "fewer than two returns on a side")
        return None
    if not varies(before):
        closes.undefined("shift.volatility_ratio", "the returns before the test do not vary")
        return None
    return test / train


def _kolmogorov_smirnov(closes: Closes, one: FloatArray, other: FloatArray) -> tuple[float | None, float | None]:
    if not len(one) or not len(other):
        for name in ("ks_statistic", "ks_p_value"):
            closes.undefined(f"shift.{name}", "no returns on a side")
        return None, None
    return kolmogorov_smirnov(one, other)


def kolmogorov_smirnov(one: FloatArray, other: FloatArray) -> tuple[float, float]:
    """Return the two-sample statistic, and its p-value for many independent values.

    The statistic is the largest distance between the two distribution functions; the p-value that of Kolmogorov's
    limit at ``sqrt(n m / (n + m))`` times the statistic.

    References
    ----------
    .. [1] Smirnov (1939), *On the estimation of the discrepancy between empirical curves of distribution for two
       independent samples*; Kolmogorov (1933).
    """
    from scipy.special import kolmogorov

    one, other = np.sort(one), np.sort(other)
    values = np.concatenate([one, other])
    share_one = np.searchsorted(one, values, side="right") / len(one)
    share_other = np.searchsorted(other, values, side="right") / len(other)
    statistic = float(np.abs(share_one - share_other).max())
    size = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    return statistic, float(kolmogorov(size * statistic))


def describe_persistence(closes: Closes) -> Persistence | None:
    """Score "tomorrow = today", one bar ahead, over the closes of the test."""
    if why := _empty_side(closes):
        closes.undefined("persistence", why)
        return None
    errors = np.diff(closes.values[closes.n_train - 1 :])
    log_rmse = None
    if closes.all_positive:
        log_rmse = float(np.sqrt(np.mean(closes.returns[closes.n_train - 1 :] ** 2)))
    else:
        closes.undefined("persistence.log_rmse", "a price is zero or negative")
    return Persistence(len(errors), float(np.sqrt(np.mean(errors**2))), float(np.mean(np.abs(errors))), log_rmse)
