"""Ridge regression and boosted trees on windows, beside the libraries called directly."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import linear_model
from sklearn.ensemble import HistGradientBoostingRegressor

from workbench import DataError, NotSaveable, RequestError, StoreError, WorkbenchWarning
from workbench_baselines import Boosting, LightGBM, Ridge
from workbench_baselines._lightgbm import FittedLightGBM
from workbench_targets import Price

lightgbm = pytest.importorskip("lightgbm")


@pytest.fixture
def blocks(make_series):
    """Windows to learn from, to validate on and to forecast; the target follows the first feature."""
    whole = make_series(np.random.default_rng(3).standard_normal(400), Price(), 2)
    follows = whole.values[whole.ends, :1] ** 2 + 0.3 * whole.y
    whole = replace(whole, y=follows)
    return [whole.subset(np.arange(*part)) for part in ((0, 250), (250, 320), (320, 390))]


def flat(windows):
    return windows.batch().reshape(len(windows), -1).astype(np.float64)


def test_ridge_is_scikit_learns_on_the_same_windows(blocks, make_context):
    train, held, test = blocks

    answer = Ridge(alpha=3.0).fit(train, held, make_context(Price(), 2)).predict(replace(test, y=None))

    direct = linear_model.Ridge(alpha=3.0).fit(flat(train), train.y).predict(flat(test))
    assert_allclose(answer, direct, rtol=1e-8, atol=1e-12)


def test_boosting_is_scikit_learns_on_the_same_windows_and_draws_nothing(blocks, make_context):
    train, held, test = blocks
    context = make_context(Price(), 2)
    forecaster = Boosting(trees=12, learning_rate=0.2, max_depth=2, min_samples_leaf=5)

    answer = forecaster.fit(train, held, context).predict(test)

    for step in range(2):
        direct = HistGradientBoostingRegressor(
            max_iter=12, learning_rate=0.2, max_depth=2, min_samples_leaf=5, early_stopping=False
        ).fit(flat(train), train.y[:, step])
        assert_allclose(answer[:, step], direct.predict(flat(test)), rtol=1e-8)
    assert_array_equal(forecaster.fit(train, None, replace(context, seed=9)).predict(test), answer)


def test_boosting_that_stays_on_all_windows_is_not_stopped_by_a_random_draw():
    assert Boosting().build().early_stopping is False


def test_boosting_says_why_it_is_not_saved(blocks, make_context, tmp_path):
    fitted = Boosting(trees=2).fit(blocks[0], None, make_context(Price(), 2))

    with pytest.raises(NotSaveable, match="HistGradientBoostingRegressor cannot be written without a pickle"):
        fitted.save(tmp_path)


def direct_lightgbm(train, held, test, step, trees, patience):
    params = {
        **{"objective": "regression", "learning_rate": 0.2, "num_leaves": 4, "max_depth": 2, "min_data_in_leaf": 5},
        **{"num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1},
    }
    data = lightgbm.Dataset(flat(train), train.y[:, step])
    if held is None:
        return lightgbm.train(params, data, trees).predict(flat(test))
    model = lightgbm.train(
        params,
        data,
        trees,
        valid_sets=[lightgbm.Dataset(flat(held), held.y[:, step], reference=data)],
        callbacks=[lightgbm.early_stopping(patience, verbose=False)],
    )
    assert model.best_iteration < trees
    return model.predict(flat(test), num_iteration=model.best_iteration)


def test_lightgbm_is_the_librarys_own_and_stops_on_the_validation_block(blocks, make_context):
    train, held, test = blocks
    forecaster = LightGBM(trees=300, learning_rate=0.2, max_depth=2, min_samples_leaf=5, patience=7)

    answer = forecaster.fit(train, held, make_context(Price(), 2)).predict(replace(test, y=None))

    for step in range(2):
        assert_allclose(answer[:, step], direct_lightgbm(train, held, test, step, 300, 7), rtol=1e-8)


def test_without_a_validation_block_patience_has_nothing_to_go_by_which_is_said(blocks, make_context):
    train, _, test = blocks
    forecaster = LightGBM(trees=300, learning_rate=0.2, max_depth=2, min_samples_leaf=5, patience=7)

    with pytest.warns(WorkbenchWarning, match="`patience` had nothing to go by"):
        fitted = forecaster.fit(train, None, make_context(Price(), 2))

    answer = fitted.predict(replace(test, y=None))
    for step in range(2):
        assert_allclose(answer[:, step], direct_lightgbm(train, None, test, step, 300, 7), rtol=1e-8)


def test_without_patience_all_trees_are_grown_whatever_the_validation_block_says(blocks, make_context):
    train, held, test = blocks
    forecaster = LightGBM(trees=60, learning_rate=0.2, max_depth=2, min_samples_leaf=5)

    answer = forecaster.fit(train, held, make_context(Price(), 2)).predict(test)

    assert_allclose(answer[:, 0], direct_lightgbm(train, None, test, 0, 60, None), rtol=1e-8)


def test_lightgbm_is_saved_as_text_and_forecasts_the_same_bits(blocks, make_context, tmp_path):
    train, held, test = blocks
    fitted = LightGBM(trees=20, min_samples_leaf=5).fit(train, held, make_context(Price(), 2))

    fitted.save(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["lightgbm.json", "step_1.txt", "step_2.txt"]
    assert_array_equal(FittedLightGBM.load(tmp_path).predict(test), fitted.predict(test))
    (tmp_path / "step_2.txt").unlink()
    with pytest.raises(StoreError, match="holds no saved LightGBM model"):
        FittedLightGBM.load(tmp_path)


def test_windows_that_lightgbm_was_not_fitted_on_are_refused(blocks, make_context):
    fitted = LightGBM(trees=2).fit(blocks[0], None, make_context(Price(), 2))

    with pytest.raises(DataError, match=r"fitted on lookback 3 .* the windows have lookback 2"):
        fitted.predict(replace(blocks[2], lookback=2))
    assert fitted.predict(blocks[2].subset(np.arange(0))).shape == (0, 2)


def test_lightgbm_that_is_not_installed_is_told_with_the_command(blocks, make_context, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)

    with pytest.raises(
        RequestError, match=r"needs the package lightgbm. Run `pip install 'trading-workbench\[boost\]'`"
    ):
        LightGBM().fit(blocks[0], None, make_context(Price(), 2))
    assert LightGBM(trees=3).label == "lightgbm(trees=3)"


def test_one_model_for_all_symbols_is_asked_for_by_scope():
    assert {cls(scope="global").scope for cls in (Ridge, Boosting, LightGBM)} == {"global"}


@pytest.mark.parametrize("cls", [Ridge, Boosting, LightGBM])
def test_an_experiment_without_features_is_a_clear_error(blocks, make_context, cls):
    bare = replace(blocks[0], values=blocks[0].values[:, :0], feature_names=())

    with pytest.raises(DataError, match=rf"the forecaster '{cls.name}' reads features, and the experiment has none"):
        cls().fit(bare, None, make_context(Price(), 2))
