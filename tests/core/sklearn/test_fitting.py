"""What the estimator is given, and what becomes of its forecasts."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import threadpoolctl
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import BaggingRegressor, GradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso, MultiTaskLasso, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from workbench import DataError, PluginError, RunFailedError, WorkbenchWarning
from workbench.sklearn import SklearnForecaster


class Recorder(RegressorMixin, BaseEstimator):
    """Keeps what it is given, and says what it is told to."""

    warns: ClassVar[list[Warning]] = []

    def __init__(self, answer=None, random_state=None):
        self.answer = answer
        self.random_state = random_state

    def fit(self, x, y):
        self.x_, self.y_ = x, y
        self.threads_ = {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}
        for warning in self.warns:
            warnings.warn(warning, stacklevel=1)
        return self

    def predict(self, x):
        return np.zeros(len(x)) if self.answer is None else self.answer


def closed_form_ridge(x, y, alpha):
    """Weights and intercept of ridge regression, the intercept unpenalised."""
    centered = x - x.mean(axis=0)
    weights = np.linalg.solve(centered.T @ centered + alpha * np.eye(x.shape[1]), centered.T @ (y - y.mean(axis=0)))
    return weights, y.mean(axis=0) - x.mean(axis=0) @ weights


@pytest.mark.parametrize("horizon", [1, 3])
def test_ridge_forecasts_are_those_of_the_closed_form(make_windows, fit, horizon):
    windows = make_windows(horizon=horizon)
    x = windows.batch().reshape(len(windows), -1).astype(np.float64)
    weights, intercept = closed_form_ridge(x, windows.y, 2.0)

    forecast = fit(SklearnForecaster(Ridge(alpha=2.0)), windows).predict(replace(windows, y=None))

    assert forecast.shape == (len(windows), horizon)
    assert forecast.dtype == np.float64
    assert_allclose(forecast, x @ weights + intercept, rtol=1e-9, atol=1e-12)


def test_a_row_is_the_window_oldest_bar_first_features_side_by_side(make_windows, fit):
    windows = make_windows(n=6, lookback=3, n_features=2)

    seen = fit(SklearnForecaster(Recorder()), windows).estimator

    assert seen.x_.dtype == np.float64
    assert seen.x_.shape == (6, 3 * 2)
    for i, end in enumerate(windows.ends):
        assert_array_equal(seen.x_[i], windows.values[end - 2 : end + 1].ravel())
        assert seen.x_[i, 3] == windows.values[end - 1, 1]  # column 3: feature 1 of bar 1 of 0, 1, 2
    assert_array_equal(seen.y_, windows.y[:, 0])
    assert not hasattr(seen, "feature_names_in_")


def test_the_same_seed_gives_the_same_forest_and_another_seed_another(make_windows, fit):
    windows = make_windows()
    forest = SklearnForecaster(RandomForestRegressor(n_estimators=5))

    first, again, other = (fit(forest, windows, seed).predict(windows) for seed in (1, 1, 2))

    assert_array_equal(again, first)
    assert (other != first).any()


def test_every_undecided_random_state_is_set_and_decided_ones_stay(make_windows, fit):
    nested = make_pipeline(
        QuantileTransformer(n_quantiles=10, random_state=3), BaggingRegressor(DecisionTreeRegressor(), n_estimators=2)
    )

    fitted = fit(SklearnForecaster(nested), make_windows(), seed=11).estimator

    assert fitted["quantiletransformer"].random_state == 3
    assert fitted["baggingregressor"].random_state == 11
    assert fitted["baggingregressor"].estimator.random_state == 11


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**32, 2**63 - 1])
def test_every_seed_of_an_experiment_is_one_for_scikit_learn(make_windows, fit, seed):
    fitted = fit(SklearnForecaster(Recorder()), make_windows(n=5), seed=seed)

    assert 0 <= fitted.estimator.random_state < 2**32


def test_an_estimator_of_one_output_is_fitted_once_per_step(make_windows, fit):
    windows = make_windows(horizon=3)
    x = windows.batch().reshape(len(windows), -1).astype(np.float64)
    steps = [GradientBoostingRegressor(n_estimators=3, random_state=7).fit(x, y) for y in windows.y.T]

    forecast = fit(SklearnForecaster(GradientBoostingRegressor(n_estimators=3)), windows, seed=7).predict(windows)

    assert_array_equal(forecast, np.column_stack([step.predict(x) for step in steps]))


@pytest.mark.parametrize(
    "estimator",
    [
        MultiTaskLasso(alpha=0.01),
        make_pipeline(StandardScaler(), Ridge()),
        make_pipeline(StandardScaler(), GradientBoostingRegressor(n_estimators=2)),
        RandomForestRegressor(n_estimators=2),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("horizon", [1, 2])
def test_every_sort_of_estimator_forecasts_every_horizon(make_windows, fit, estimator, horizon):
    windows = make_windows(horizon=horizon)

    forecast = fit(SklearnForecaster(estimator), windows).predict(replace(windows, y=None))

    assert forecast.shape == (len(windows), horizon)
    assert np.corrcoef(forecast[:, -1], windows.y[:, -1])[0, 1] > 0.5


def test_a_forecast_depends_on_its_own_window_only(make_windows, fit):
    windows = make_windows(horizon=2)
    fitted = fit(SklearnForecaster(Ridge()), windows)

    one_by_one = [fitted.predict(windows.subset(np.array([i])))[0] for i in range(len(windows))]

    assert_allclose(one_by_one, fitted.predict(windows), rtol=1e-12, atol=1e-12)


def test_no_window_gives_no_forecast(make_windows, fit):
    windows = make_windows(horizon=2)

    forecast = fit(SklearnForecaster(Ridge()), windows).predict(windows.subset(np.array([], dtype=int)))

    assert forecast.shape == (0, 2)


def test_windows_of_other_features_are_refused(make_windows, fit):
    fitted = fit(SklearnForecaster(Ridge()), make_windows(lookback=4))

    with pytest.raises(DataError, match=r"Ridge\(\) was fitted on lookback 4 .* the windows have lookback 5"):
        fitted.predict(make_windows(lookback=5))


def test_a_forecast_of_the_wrong_shape_is_refused(make_windows, fit):
    windows = make_windows()
    fitted = fit(SklearnForecaster(Recorder(answer=[1.0, 2.0])), windows)

    with pytest.raises(ValueError, match=r"expected a forecast of shape \(80, 1\), got \(2, 1\)"):
        fitted.predict(windows)


def test_windows_that_are_not_finite_are_refused(make_windows, fit):
    windows = make_windows()
    windows.values[5, 0] = np.nan

    with pytest.raises(DataError, match="4 of 80 training windows hold a feature that is not finite"):
        fit(SklearnForecaster(Ridge()), windows)


def test_no_training_windows_are_refused(make_windows, fit):
    with pytest.raises(DataError, match="the training block has no windows"):
        fit(SklearnForecaster(Ridge()), make_windows().subset(np.array([], dtype=int)))


def test_a_parameter_out_of_bounds_is_told_with_the_label(make_windows, fit):
    with pytest.raises(RunFailedError, match=r"Ridge\(alpha=-1\) could not be fitted: The 'alpha' parameter"):
        fit(SklearnForecaster(Ridge(alpha=-1)), make_windows())


def test_neither_the_forecaster_nor_the_estimator_handed_in_is_changed(make_windows, fit):
    mine = make_pipeline(StandardScaler(), RandomForestRegressor(n_estimators=2))
    forecaster = SklearnForecaster(mine)
    before = repr(forecaster)

    fit(forecaster, make_windows())

    assert repr(forecaster) == before
    assert mine[-1].random_state is None
    assert not hasattr(mine[-1], "estimators_")


def test_what_scikit_learn_warns_of_comes_once_with_the_label(make_windows, fit, monkeypatch):
    monkeypatch.setattr(
        Recorder,
        "warns",
        [
            ConvergenceWarning("It did not converge. The gap was 0.123"),
            ConvergenceWarning("It did not converge. The gap was 0.456"),
            RuntimeWarning("overflow encountered"),
            FutureWarning("`this` will be `that`"),
            DeprecationWarning("use something else"),
        ],
    )

    with pytest.warns(WorkbenchWarning) as said:
        fit(SklearnForecaster(Recorder()), make_windows())

    assert [str(w.message) for w in said] == [
        "Recorder(): It did not converge (ConvergenceWarning).",
        "Recorder(): overflow encountered (RuntimeWarning).",
    ]


def test_an_estimator_that_does_not_converge_says_so(make_windows, fit):
    with pytest.warns(WorkbenchWarning, match=r"^Lasso\(.*\): Objective did not converge \(ConvergenceWarning\)\.$"):
        fit(SklearnForecaster(Lasso(alpha=1e-6, max_iter=1)), make_windows())


def test_a_fit_runs_on_the_threads_of_its_context(make_windows, make_context):
    windows = make_windows(n=5)

    for n_threads in (1, 2):
        context = replace(make_context(), n_threads=n_threads)
        fitted = SklearnForecaster(Recorder()).fit(windows, None, context)
        assert fitted.estimator.threads_ == {n_threads}


def test_build_that_returns_no_regressor_is_named(make_windows, fit):
    class Wrong(SklearnForecaster, name="wrong"):
        """Returns a class."""

        def build(self):
            return Ridge

    with pytest.raises(PluginError, match="`build` of wrong: got the class Ridge; hand in an estimator"):
        fit(Wrong(), make_windows())


def test_importing_the_package_loads_no_heavy_library():
    heavy = ("sklearn", "pandas", "torch", "scipy", "threadpoolctl", "cloudpickle")
    code = f"import sys, workbench.sklearn; print([m for m in {heavy!r} if m in sys.modules])"

    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert seen.stdout.strip() == "[]"
