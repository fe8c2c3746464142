from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LinearRegression

from workbench import DataError, ExperimentError
from workbench_baselines import HAR
from workbench_targets import LogReturn, Price


@pytest.fixture
def forecast(make_series, make_context):
    def forecast(closes, target, horizon, *, first=10, last=None, **fields):
        train = make_series(closes, target, horizon, last=last)
        fitted = HAR(**fields).fit(train, None, make_context(target, horizon))
        return fitted.predict(make_series(closes, target, horizon, first=first, to_predict=True))

    return forecast


def mean_of_last(values, n):
    known = [v for v in values if np.isfinite(v)][-n:]
    return sum(known) / len(known)


def test_equal_weights_average_the_means_for_every_step(forecast):
    series = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])

    answer = forecast(series, Price(), 2, first=6, lags=(1, 2, 4))

    assert_allclose(answer, [[(7 + 6.5 + 5.5) / 3] * 2, [(8 + 7.5 + 6.5) / 3] * 2], rtol=1e-15)


def test_equal_weights_of_returns_add_up_over_the_steps(forecast, walk):
    steps = np.diff(np.log(walk))

    answer = forecast(walk, LogReturn(), 3)

    daily = np.mean([mean_of_last(steps, n) for n in (1, 5, 22)])
    assert_allclose(answer[-1], daily * np.array([1, 2, 3]), rtol=1e-12)


@pytest.mark.parametrize("target", [Price(), LogReturn()], ids=lambda t: t.name)
def test_fitted_weights_are_least_squares_per_step(forecast, make_series, walk, target):
    answer = forecast(walk, target, 3, last=249, first=250, weights="fitted")

    train = make_series(walk, target, 3, last=249)
    origins = make_series(walk, target, 3, first=250, to_predict=True)
    x, x_test = (
        np.array([[mean_of_last(w.history(i), n) for n in (1, 5, 22)] if w.ends[i] else [0] * 3 for i in range(len(w))])
        for w in (train, origins)
    )
    assert_allclose(answer, LinearRegression().fit(x, train.y).predict(x_test), rtol=1e-8, atol=1e-12)


def test_undefined_values_are_skipped(forecast):
    series = np.arange(30.0)
    series[[29, 27, 26]] = np.nan

    (answer,) = forecast(series, Price(), 1, first=29, last=20, lags=(1, 3))

    assert_allclose(answer, (28 + (28 + 25 + 24) / 3) / 2, rtol=1e-15)


@pytest.mark.parametrize("weights", ["equal", "fitted"])
def test_an_origin_before_the_first_value_is_a_clear_error(forecast, weights):
    series = np.arange(40.0)
    series[:12] = np.nan

    with pytest.raises(
        DataError, match=r"'har' continues the series of A, which has no defined value up to .*2020-01-11"
    ):
        forecast(series, Price(), 1, weights=weights)


def test_a_constant_series_is_forecast_by_its_constant(forecast):
    for weights in ("equal", "fitted"):
        assert_allclose(forecast(np.full(40, 3.0), Price(), 2, weights=weights), 3.0, rtol=1e-12)


def test_equal_weights_are_a_rule_of_thumb_and_fitted_ones_are_none():
    assert HAR().rule_of_thumb
    assert not HAR(weights="fitted").rule_of_thumb


@pytest.mark.parametrize(("lags", "said"), [((), "lags"), ((0, 5), "lags"), ((5, 5), "names a lag twice")])
def test_lags_that_make_no_means_are_refused(lags, said):
    with pytest.raises(ExperimentError, match=said):
        HAR(lags=lags)


def test_lags_may_come_as_a_list():
    assert HAR(lags=[1, 5, 22]) == HAR()
    assert_array_equal(HAR(lags=[1, 3]).lags, (1, 3))


@pytest.mark.parametrize("weights", ["equal", "fitted"])
def test_a_lag_longer_than_the_history_is_refused(forecast, weights):
    with pytest.raises(DataError, match=r"mean over 1000 values in its `lags`, .* of A has 40 bars .*shorter `lags`"):
        forecast(np.arange(1.0, 42.0), Price(), 1, weights=weights, lags=(1, 1000))
