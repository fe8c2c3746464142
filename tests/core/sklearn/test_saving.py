"""Which fitted estimators can be saved, and that they forecast the same bits afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    MultiTaskLasso,
    PoissonRegressor,
    Ridge,
    RidgeCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR, LinearSVR

from workbench import NotSaveable, StoreError
from workbench.sklearn import FittedSklearnForecaster, SklearnForecaster

LINEAR = [
    LinearRegression(),
    LinearRegression(fit_intercept=False),
    Ridge(alpha=2.0),
    RidgeCV(),
    Lasso(alpha=0.01),
    ElasticNet(alpha=0.01),
    MultiTaskLasso(alpha=0.01),
    BayesianRidge(),
    HuberRegressor(),
    LinearSVR(loss="squared_epsilon_insensitive", dual=False),
    SVR(kernel="linear"),
]
OTHERS = [
    RandomForestRegressor(n_estimators=2),
    PoissonRegressor(),
    PLSRegression(n_components=1),
    DummyRegressor(),
    SVR(),
    make_pipeline(StandardScaler(), Ridge()),
    TransformedTargetRegressor(Ridge()),
]


def named(estimator):
    return type(estimator).__name__


@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("estimator", LINEAR, ids=named)
def test_a_linear_estimator_forecasts_the_same_bits_after_saving(make_windows, fit, tmp_path, estimator, horizon):
    windows = make_windows(horizon=horizon)
    fitted = fit(SklearnForecaster(estimator), windows)

    fitted.save(tmp_path)
    loaded = FittedSklearnForecaster.load(tmp_path)

    assert_array_equal(loaded.predict(replace(windows, y=None)), fitted.predict(replace(windows, y=None)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    assert (loaded.label, loaded.lookback, loaded.feature_names) == (fitted.label, 4, ("f0", "f1"))


@pytest.mark.parametrize("horizon", [1, 2])
@pytest.mark.parametrize("estimator", [Ridge(), HuberRegressor()], ids=named)
def test_what_is_saved_forecasts_as_the_estimator_itself(make_windows, fit, estimator, horizon):
    windows = make_windows(horizon=horizon)
    x = windows.batch().reshape(len(windows), -1).astype(np.float64)

    fitted = fit(SklearnForecaster(estimator), windows)

    assert_allclose(fitted.predict(windows), fitted.estimator.predict(x).reshape(-1, horizon), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("estimator", OTHERS, ids=named)
def test_what_is_not_linear_is_not_saved_and_says_why(make_windows, fit, tmp_path, estimator):
    windows = make_windows()
    windows.y[:] = np.abs(windows.y)
    fitted = fit(SklearnForecaster(estimator), windows)

    with pytest.raises(NotSaveable, match=f"{type(estimator).__name__} cannot be written without a pickle"):
        fitted.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


class Clipped(Ridge):
    """Has weights, and predicts something else."""

    def predict(self, x):
        return np.minimum(super().predict(x), 100.0)


def test_a_class_that_is_not_scikit_learns_own_is_not_saved(make_windows, fit, tmp_path):
    with pytest.raises(NotSaveable):
        fit(SklearnForecaster(Clipped()), make_windows()).save(tmp_path)


def test_another_process_loads_it_without_scikit_learn(make_windows, fit, tmp_path):
    windows = make_windows(horizon=2)
    fitted = fit(SklearnForecaster(Ridge()), windows)
    fitted.save(tmp_path)
    x = np.ascontiguousarray(windows.batch()).reshape(len(windows), -1).astype(np.float64)
    np.save(tmp_path / "x.npy", x)
    code = f"""
import sys, numpy as np
from pathlib import Path
from threadpoolctl import threadpool_limits
from workbench.sklearn import FittedSklearnForecaster
folder = Path({str(tmp_path)!r})
fitted = FittedSklearnForecaster.load(folder)
with threadpool_limits(limits=1):
    np.save(folder / "answer.npy", fitted.estimator.predict(np.load(folder / "x.npy")))
assert "sklearn" not in sys.modules
"""

    subprocess.run([sys.executable, "-c", code], check=True)

    assert_array_equal(np.load(tmp_path / "answer.npy"), fitted.predict(windows))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "holds no saved scikit-learn model"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"nothing"), "holds no saved scikit-learn model"),
        (lambda folder: (folder / "config.json").write_text("[]"), "holds no saved scikit-learn model"),
        (lambda folder: edit(folder, format=2), "has format 2; this version reads 1"),
        (lambda folder: edit(folder, lookback=9), "does not fit a lookback of 9 and 2 features"),
    ],
)
def test_a_damaged_folder_is_a_clear_error(make_windows, fit, tmp_path, change, message):
    fit(SklearnForecaster(Ridge()), make_windows()).save(tmp_path)
    change(tmp_path)

    with pytest.raises(StoreError, match=message):
        FittedSklearnForecaster.load(tmp_path)


def edit(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
