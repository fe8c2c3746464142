from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import workbench_baselines
from workbench import DataError, Forecaster, NotSaveable, StoreError
from workbench_baselines import Drift, Mean, Persistence

BASELINES = [Persistence, Drift, Mean]
each = pytest.mark.parametrize("cls", BASELINES)


@pytest.fixture
def fit(make_context):
    def fit(forecaster: Forecaster, windows, target):
        return forecaster.fit(windows, None, make_context(target, windows.horizon))

    return fit


def for_prediction(windows):
    return replace(windows, y=None)


def test_persistence_is_the_last_price_or_a_return_of_zero(fit, make_windows, price, log_return, walk):
    of_price, of_return = (make_windows({"A": walk}, target, 3) for target in (price, log_return))

    last = fit(Persistence(), of_price, price).predict(for_prediction(of_price))
    zero = fit(Persistence(), of_return, log_return).predict(for_prediction(of_return))

    assert_array_equal(last, np.column_stack([walk[:297]] * 3))
    assert_array_equal(zero, np.zeros((297, 3)))


def test_drift_on_a_line_is_exact(fit, make_windows, price):
    closes = 50 + 0.5 * np.arange(40.0)
    windows = make_windows({"A": closes}, price, 4)

    forecast = fit(Drift(), windows, price).predict(for_prediction(windows))

    assert_allclose(forecast, windows.y, rtol=1e-12)


def test_drift_of_prices_is_the_line_through_first_and_last(fit, make_windows, price, walk):
    """Hyndman & Athanasopoulos: y_T + k (y_T - y_1) / (T - 1)."""
    train = make_windows({"A": walk}, price, 1)
    test = make_windows({"A": walk}, price, 5)

    forecast = fit(Drift(), train, price).predict(for_prediction(test))

    slope = (walk[-1] - walk[0]) / (len(walk) - 1)
    assert_allclose(forecast[-1], walk[294] + slope * np.arange(1, 6), rtol=1e-12)


def test_drift_of_log_returns_is_the_mean_log_return_times_the_step(fit, make_windows, log_return, walk):
    train = make_windows({"A": walk}, log_return, 1)
    test = make_windows({"A": walk}, log_return, 3)

    forecast = fit(Drift(), train, log_return).predict(for_prediction(test))

    daily = np.log(walk[-1] / walk[0]) / (len(walk) - 1)
    assert_allclose(forecast, np.outer(np.ones(297), daily * np.arange(1, 4)), rtol=1e-12)


def test_mean_is_the_training_average_of_each_step(fit, make_windows, log_return, walk):
    windows = make_windows({"A": walk}, log_return, 3)

    forecast = fit(Mean(), windows, log_return).predict(for_prediction(windows))

    expected = [sum(windows.y[:, k]) / 297 for k in range(3)]
    assert_allclose(forecast, np.tile(expected, (297, 1)), rtol=1e-12)


@each
def test_symbols_of_one_block_are_kept_apart(fit, make_windows, price, walk, cls):
    closes = {"A": walk, "B": 1000 - walk, "C": walk[:50] * 3}
    together = make_windows(closes, price, 2)

    forecast = fit(cls(), together, price).predict(for_prediction(together))

    for symbol, close in closes.items():
        alone = make_windows({symbol: close}, price, 2)
        expected = fit(cls(), alone, price).predict(for_prediction(alone))
        assert_array_equal(forecast[together.symbols == symbol], expected)


@given(steps=st.lists(st.floats(-5, 5), min_size=3, max_size=30), shift=st.floats(-1000, 1000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_drift_follows_a_shift_of_all_prices(fit, make_windows, price, steps, shift):
    windows = make_windows({"A": 100 + np.cumsum(steps)}, price, 1)
    moved = replace(windows, last_price=windows.last_price + shift, y=windows.y + shift)

    forecast = fit(Drift(), windows, price).predict(windows)
    other = fit(Drift(), moved, price).predict(moved)

    assert_allclose(other, forecast + shift, atol=1e-9)


@each
def test_fitting_needs_no_feature_seed_or_scaling_and_ignores_validation(
    make_windows, make_context, log_return, walk, cls
):
    train, later = (make_windows({"A": part}, log_return, 2) for part in (walk[:200], walk[200:]))
    context = make_context(log_return, 2)

    plain = cls().fit(train, None, context).predict(later)
    other = cls().fit(train, later, replace(context, seed=9)).predict(later)

    assert_array_equal(plain, other)
    assert train.n_features == 0
    assert not cls.uses_seed
    assert not cls.scaled


@each
def test_later_prices_do_not_change_a_forecast(fit, make_windows, price, walk, cls):
    windows = make_windows({"A": walk}, price, 2)
    fitted = fit(cls(), windows, price)
    changed = windows.last_price.copy()
    changed[101:] *= 2

    after = fitted.predict(for_prediction(replace(windows, last_price=changed)))

    assert_array_equal(after[:101], fitted.predict(for_prediction(windows))[:101])


@pytest.mark.parametrize("cls", [Drift, Mean])
def test_a_symbol_never_seen_is_a_clear_error(fit, make_windows, price, walk, cls):
    fitted = fit(cls(), make_windows({"A": walk, "B": walk}, price, 2), price)
    other = make_windows({"A": walk, "Z": walk, "Y": walk}, price, 2)

    with pytest.raises(DataError, match=f"'{cls.name}' was fitted on A, B and knows nothing of Y, Z"):
        fitted.predict(for_prediction(other))


def test_persistence_forecasts_symbols_it_never_saw(fit, make_windows, price, walk):
    fitted = fit(Persistence(), make_windows({"A": walk}, price, 2), price)

    forecast = fitted.predict(for_prediction(make_windows({"Z": walk}, price, 2)))

    assert_array_equal(forecast[:, 0], walk[:298])


@pytest.mark.parametrize("cls", [Drift, Mean])
def test_nothing_to_learn_from_is_a_clear_error(fit, make_windows, price, walk, cls):
    windows = make_windows({"A": walk}, price, 2)
    holed = windows.y.copy()
    holed[5, 1] = np.nan

    with pytest.raises(DataError, match="no training windows"):
        fit(cls(), windows.subset(np.arange(0)), price)
    with pytest.raises(DataError, match=r"1 of 298 training targets .* 2020-01-06 of A"):
        fit(cls(), replace(windows, y=holed), price)


@each
def test_an_empty_block_has_an_empty_forecast(fit, make_windows, price, walk, cls):
    windows = make_windows({"A": walk}, price, 2)

    forecast = fit(cls(), windows, price).predict(for_prediction(windows.subset(np.arange(0))))

    assert forecast.shape == (0, 2)


@each
def test_saved_and_loaded_it_forecasts_the_same_bits(fit, make_windows, scaled_log_return, walk, tmp_path, cls):
    windows = make_windows({"A": walk, "B": walk[::-1]}, scaled_log_return, 3)
    fitted = fit(cls(), windows, scaled_log_return)

    fitted.save(tmp_path)
    loaded = type(fitted).load(tmp_path)

    assert_array_equal(loaded.predict(windows), fitted.predict(windows))
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]
    if hasattr(fitted, "target"):
        assert loaded.target == scaled_log_return


@each
def test_a_fitted_baseline_travels_between_processes(fit, make_windows, price, walk, cls):
    windows = make_windows({"A": walk}, price, 2)
    fitted = fit(cls(), windows, price)

    assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(windows), fitted.predict(windows))


def test_a_target_that_cannot_be_imported_is_not_saveable(fit, make_windows, price, walk, tmp_path):
    class Local(type(price)):
        pass

    fitted = fit(Persistence(), make_windows({"A": walk}, price, 1), Local())

    with pytest.raises(NotSaveable, match="Local cannot be imported"):
        fitted.save(tmp_path)


def test_a_folder_of_something_else_is_a_clear_error(fit, make_windows, price, walk, tmp_path):
    fitted = fit(Mean(), make_windows({"A": walk}, price, 1), price)

    with pytest.raises(StoreError, match="holds no such saved baseline"):
        type(fitted).load(tmp_path)
    fit(Persistence(), make_windows({"A": walk}, price, 1), price).save(tmp_path)
    with pytest.raises(StoreError, match="holds no such saved baseline"):
        type(fitted).load(tmp_path)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("no_such_module:Thing", "which cannot be imported"),
        ("workbench:Nothing", "which cannot be imported"),
        ("subprocess:Popen", "which is no Target"),
    ],
)
def test_only_targets_that_are_there_are_made(fit, make_windows, price, walk, tmp_path, reference, message):
    fitted = fit(Persistence(), make_windows({"A": walk}, price, 1), price)
    (tmp_path / "baseline.json").write_text(json.dumps({"target": {"class": reference, "params": {}}}))

    with pytest.raises(StoreError, match=message):
        type(fitted).load(tmp_path)


def test_all_are_offered_and_described():
    offered = workbench_baselines.workbench_forecasters()

    assert [cls.name for cls in offered] == [
        *("persistence", "drift", "mean", "seasonal", "har"),
        *("ets", "arima", "ridge", "boosting", "lightgbm"),
    ]
    assert {cls.__name__ for cls in offered} == set(workbench_baselines.__all__)
    assert all(cls.summary().endswith(".") for cls in offered)
    assert not any(cls.uses_seed for cls in offered)
    assert [cls.name for cls in offered if cls().rule_of_thumb] == ["persistence", "drift", "mean", "seasonal", "har"]


def test_importing_them_loads_no_heavy_library():
    heavy = ("sklearn", "statsmodels", "lightgbm", "scipy", "pandas", "torch")
    code = f"import sys, workbench_baselines; print([m for m in {heavy!r} if m in sys.modules])"

    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert seen.stdout.strip() == "[]"
