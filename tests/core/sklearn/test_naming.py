"""How an estimator is named, kept and told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVR

from workbench import ExperimentError, Forecaster, PluginError, describe_plugin, remake_plugin
from workbench.contracts.use import as_use
from workbench.sklearn import EstimatorForecaster, SklearnForecaster

RIDGE = "sklearn.linear_model.Ridge"


class Nested(RegressorMixin, BaseEstimator):
    """Takes anything."""

    def __init__(self, inside=None):
        self.inside = inside

    def fit(self, x, y):
        return self

    def predict(self, x):
        return np.zeros(len(x))


class Stubborn(Nested):
    """Does not keep what it is given."""

    def __init__(self, inside=None):
        self.inside = [inside]


@pytest.mark.parametrize(
    ("estimator", "path", "settings", "label"),
    [
        (Ridge(), "sklearn.linear_model.Ridge", {}, "Ridge()"),
        (Ridge(alpha=2.0), "sklearn.linear_model.Ridge", {"alpha": 2.0}, "Ridge(alpha=2.0)"),
        (Ridge(alpha=np.float64(2)), "sklearn.linear_model.Ridge", {"alpha": 2.0}, "Ridge(alpha=2.0)"),
        (
            SVR(kernel="linear", C=3),
            "sklearn.svm.SVR",
            {"C": 3, "kernel": "linear"},
            "SVR(C=3, kernel='linear')",
        ),
        (
            MLPRegressor(hidden_layer_sizes=(5, 2)),
            "sklearn.neural_network.MLPRegressor",
            {"hidden_layer_sizes": [5, 2]},
            "MLPRegressor(hidden_layer_sizes=[5, 2])",
        ),
        (RidgeCV([1.0, 2.0]), "sklearn.linear_model.RidgeCV", {"alphas": [1.0, 2.0]}, "RidgeCV(alphas=[1.0, 2.0])"),
    ],
)
def test_an_estimator_of_plain_values_is_kept_as_path_and_settings(estimator, path, settings, label):
    forecaster = SklearnForecaster(estimator)

    assert isinstance(forecaster, EstimatorForecaster)
    assert (forecaster.estimator, forecaster.settings) == (path, settings)
    assert forecaster.label == label
    assert type(forecaster.build()) is type(estimator)
    assert SklearnForecaster(forecaster.build()) == forecaster


@given(
    alpha=st.floats(1e-6, 1e6),
    fit_intercept=st.booleans(),
    solver=st.sampled_from(["auto", "svd", "lsqr"]),
    max_iter=st.none() | st.integers(1, 1000),
)
def test_what_is_kept_makes_the_same_estimator_and_the_same_plugin(alpha, fit_intercept, solver, max_iter):
    estimator = Ridge(alpha=alpha, fit_intercept=fit_intercept, solver=solver, max_iter=max_iter)

    forecaster = SklearnForecaster(estimator)

    assert forecaster.build().get_params() == estimator.get_params()
    assert EstimatorForecaster(**as_use(forecaster).params) == forecaster
    assert remake_plugin(describe_plugin(forecaster), Forecaster) == forecaster


def test_defaults_private_paths_and_objects_come_to_the_same():
    plain = SklearnForecaster("sklearn.linear_model.Ridge")

    assert SklearnForecaster("sklearn.linear_model._ridge.Ridge") == plain
    assert SklearnForecaster("sklearn.linear_model.Ridge", settings={"alpha": 1.0}) == plain
    assert EstimatorForecaster(estimator="sklearn.linear_model.Ridge", settings={"tol": 1e-4}) == plain
    assert SklearnForecaster(Ridge()) == plain


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), Ridge()),
        GaussianProcessRegressor(kernel=RBF(2.0)),
        RandomForestRegressor(max_features=None),  # None, which no file holds, is not its default
        Nested(np.arange(3)),
        Nested(lambda x: x),
        Nested({"of": [Ridge(), {1: 2}]}),
        GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, cv=TimeSeriesSplit(2)),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_any_other_estimator_is_kept_as_an_object(estimator):
    forecaster = SklearnForecaster(estimator)

    assert not isinstance(forecaster.estimator, str)
    assert EstimatorForecaster(**as_use(forecaster).params) == forecaster
    assert type(forecaster.build()) is type(estimator)
    assert forecaster.build() is not estimator


def test_a_class_of_a_function_is_kept_as_an_object():
    class Local(Nested):
        pass

    assert not isinstance(SklearnForecaster(Local()).estimator, str)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (make_pipeline(StandardScaler(), Ridge(1.0)), make_pipeline(StandardScaler(), Ridge(1.5))),
        (make_pipeline(StandardScaler(), Ridge()), make_pipeline(StandardScaler(with_std=False), Ridge())),
        (Nested(np.arange(2000)), Nested(np.arange(2000) * (np.arange(2000) != 1000))),
        (Nested(lambda x: x + 1), Nested(lambda x: x + 2)),
        (Nested(GaussianProcessRegressor(RBF(2.0))), Nested(GaussianProcessRegressor(RBF(2.0000001)))),
        (Nested({"a": None}), Nested({"a": 0})),
        (Nested(Nested(make_pipeline(Ridge(1)))), Nested(Nested(make_pipeline(Ridge(2))))),
        (Nested([Ridge]), Nested([RidgeCV])),
    ],
)
def test_another_value_anywhere_inside_makes_another_plugin(one, other):
    first, second = SklearnForecaster(one), SklearnForecaster(other)

    assert first != second
    assert str(first.params) != str(second.params)  # what the key of a fit is made from
    assert first == SklearnForecaster(one)
    assert str(first.params) == str(SklearnForecaster(one).params)


def _same(x):
    return x


def test_a_pipeline_is_labelled_as_scikit_learn_prints_it_on_one_line():
    pipeline = make_pipeline(StandardScaler(), FunctionTransformer(_same), Ridge(alpha=2.0))

    label = SklearnForecaster(pipeline).label

    assert label == (
        "Pipeline(steps=[('standardscaler', StandardScaler()), ('functiontransformer', "
        "FunctionTransformer(func=<function _same>)), ('ridge', Ridge(alpha=2.0))])"
    )


def test_an_object_changed_after_it_was_handed_in_changes_nothing():
    pipeline = make_pipeline(StandardScaler(), Ridge(alpha=1.0))
    forecaster = SklearnForecaster(pipeline)

    pipeline.set_params(ridge__alpha=9.0)

    assert forecaster.build()["ridge"].alpha == 1.0


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (3, "`estimator` of 'sklearn': got int, which lacks fit, predict"),
        (Ridge, "got the class Ridge; hand in an estimator: `Ridge\\(\\)`"),
        (StandardScaler(), "got StandardScaler, which lacks predict"),
        (LogisticRegression(), "got LogisticRegression, of type 'classifier'; expected a regressor"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "got Pipeline, of type 'classifier'"),
        (KMeans(), "of type 'clusterer'"),
        (IsolationForest(), "of type 'outlier_detector'"),
        (Stubborn(), "Stubborn cannot be copied the way scikit-learn does"),
        ("Ridge", "got 'Ridge'; expected module and class, such as 'sklearn.linear_model.Ridge'"),
        ("sklearn.linear_model.Rigde", "has no 'Rigde'. Did you mean 'Ridge'?"),
        ("sklearn.nothing.Ridge", "the module 'sklearn.nothing' cannot be imported: .* install the package"),
        ("..Ridge", "cannot be imported"),
        ("sklearn.linear_model.LogisticRegression", "got LogisticRegression, of type 'classifier'"),
        ("sklearn.preprocessing.StandardScaler", "StandardScaler is no scikit-learn regressor"),
        ("subprocess.Popen", "subprocess.Popen is no scikit-learn regressor"),
        ("os.system", "os.system is no scikit-learn regressor"),
        ("sklearn.multioutput.MultiOutputRegressor", "missing 1 required positional argument: 'estimator'"),
        ("", "got ''; expected module and class"),
    ],
)
def test_anything_but_a_regressor_is_refused_with_a_sentence(given_, message):
    with pytest.raises(ExperimentError, match=message):
        SklearnForecaster(given_)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "'sklearn' needs the parameter `estimator`"),
        (
            {"estimator": RIDGE, "settings": {"alfa": 1}},
            "no setting `alfa`. Did you mean 'alpha'",
        ),
        ({"estimator": RIDGE, "alpha": 2.0}, r"no parameter `alpha`\. .* `settings = { alpha = 2\.0 }`"),
        ({"estimator": RIDGE, "settngs": {}}, "no parameter `settngs`. Did you mean 'settings'"),
        ({"estimator": RIDGE, "settings": 3}, "`settings` of 'sklearn' is 3; expected"),
        ({"estimator": Ridge(), "settings": {"alpha": 1}}, "an estimator object has its own already"),
        (
            {"estimator": Ridge(), "alpha": 1},
            "'sklearn' has no parameter `alpha`. It takes `scope`, `estimator`, `settings`",
        ),
    ],
)
def test_wrong_parameters_are_refused_with_a_sentence(arguments, message):
    with pytest.raises(ExperimentError, match=message):
        EstimatorForecaster(**arguments)


def test_two_estimators_are_refused():
    with pytest.raises(ExperimentError, match="given two estimators"):
        EstimatorForecaster(Ridge(), estimator=Ridge())


class PenalisedLine(SklearnForecaster, name="penalised_line"):
    """Ridge regression with a parameter of its own."""

    alpha: float = Field(1.0, gt=0)

    def build(self):
        return Ridge(alpha=self.alpha)


def test_a_subclass_has_its_own_parameters_only():
    made = PenalisedLine(alpha=3)

    assert set(PenalisedLine.model_fields) == {"scope", "alpha"}
    assert made.label == "penalised_line(alpha=3.0)"
    assert made.build().alpha == 3.0
    assert made.scaled
    assert type(PenalisedLine()) is PenalisedLine


def test_a_subclass_takes_no_estimator():
    with pytest.raises(ExperimentError, match="PenalisedLine makes its own estimator, so it takes none"):
        PenalisedLine(Ridge())


def test_a_subclass_without_build_is_refused_when_it_is_defined():
    with pytest.raises(PluginError, match="Lacking lacks `build`, which returns a new scikit-learn regressor"):

        class Lacking(SklearnForecaster, name="lacking"):
            """Gives nothing."""


def test_a_base_class_may_leave_build_to_its_subclasses(make_windows, fit):
    class Base(SklearnForecaster):
        """For several plugins that share a parameter."""

        alpha: float = 1.0

    class Given(Base, name="given"):
        """One of them."""

        def build(self):
            return Ridge(alpha=self.alpha)

    assert Given().build().alpha == 1.0
    with pytest.raises(PluginError, match="Base lacks `build`"):
        fit(Base(), make_windows())


def test_one_model_for_all_symbols_says_so_in_its_label():
    local, for_all = (EstimatorForecaster(Ridge(alpha=2.0), scope=scope) for scope in ("local", "global"))

    assert [local.label, for_all.label] == ["Ridge(alpha=2.0)", "Ridge(alpha=2.0), global"]
    assert remake_plugin(describe_plugin(for_all), EstimatorForecaster) == for_all
