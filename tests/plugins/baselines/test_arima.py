"""ARIMA beside statsmodels called directly, closed forms, and series of known order."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.signal import lfilter
from scipy.stats import norm
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.sarimax import SARIMAX

from workbench import DataError, ExperimentError, RunFailedError, WorkbenchWarning
from workbench_baselines import ARIMA
from workbench_baselines._arima import ARIMAModel, FittedARIMA
from workbench_baselines._estimating import estimating
from workbench_baselines._orders import (
    _free,
    _weights,
    choose_order,
    conditional_least_squares,
    kpss_statistic,
    n_differences,
)
from workbench_targets import LogReturn, Price, SimpleReturn


def arma(ar, ma, n, seed):
    errors = np.random.default_rng(seed).standard_normal(n + 200)
    return lfilter([1.0, *ma], [1.0, *(-np.array(ar))], errors)[200:]


@pytest.fixture
def series() -> np.ndarray:
    return 5 + arma([0.7], [0.3], 320, 2)


@pytest.fixture
def fit(make_series, make_context):
    def fit(closes, target, horizon=1, *, last=None, first=4, **fields):
        train = make_series(closes, target, horizon, first=first, last=last)
        return ARIMA(**fields).fit(train, None, make_context(target, horizon))

    return fit


@pytest.mark.parametrize(
    ("order", "constant"),
    [((1, 0, 1), True), ((0, 0, 2), False), ((2, 1, 1), False), ((0, 1, 1), True), ((1, 2, 1), False)],
)
def test_all_origins_at_once_are_statsmodels_applied_to_the_history_of_each(fit, make_series, series, order, constant):
    holed = series.copy()
    holed[[3, 120, 121, 260]] = np.nan
    fitted = fit(holed, Price(), 4, last=200, order=order, constant=constant)
    windows = make_series(holed, Price(), 4, to_predict=True)

    answer = fitted.predict(windows).point

    model = fitted.models["A"]
    kind = {"order": order, "trend": "c" if constant else "n", "use_exact_diffuse": order[1] > 0}
    params = [*model.params, model.sigma2]
    for i in [*range(8), *range(8, len(windows), 15), len(windows) - 1]:
        direct = SARIMAX(windows.history(i), **kind).filter(params).forecast(4)
        assert_allclose(answer[i], direct, rtol=1e-8, atol=1e-8)
        if not order[1]:  # `apply` would forget that the start is exactly diffuse
            trained = SARIMAX(holed[2:201], **kind).filter(params)
            assert_allclose(answer[i], trained.apply(windows.history(i)).forecast(4), rtol=1e-8, atol=1e-8)


def test_an_autoregression_of_known_weights_is_forecast_in_closed_form(make_series):
    values = arma([0.6], [], 60, 1)
    fitted = FittedARIMA(Price(), {"A": ARIMAModel((1, 0, 0), True, (2.0, 0.6), 0.25)})

    answer = fitted.predict(make_series(values, Price(), 5, first=20, to_predict=True))

    k = np.arange(1, 6)
    mean = 2.0 / (1 - 0.6)
    point = mean + 0.6**k * (values[20:, None] - mean)
    deviation = np.sqrt(0.25 * (1 - 0.36**k) / (1 - 0.36))
    assert_allclose(answer.point, point, rtol=1e-10)
    assert_allclose(answer.quantiles[:, :, 0], point + norm.ppf(0.025) * deviation, rtol=1e-8)
    assert_allclose(answer.quantiles[:, :, 3], point + norm.ppf(0.9) * deviation, rtol=1e-8)


def test_quantiles_of_a_sum_of_returns_know_that_the_steps_hang_together(make_series, walk):
    phi, variance = 0.4, 1e-4
    fitted = FittedARIMA(LogReturn(), {"A": ARIMAModel((1, 0, 0), False, (phi,), variance)})

    answer = fitted.predict(make_series(walk, LogReturn(), 3, first=50, to_predict=True))

    # the sum of k steps is a sum of k errors, the first of which counts 1 + phi + phi^2 + ...
    weights = np.cumsum(phi ** np.arange(3))
    deviation = np.sqrt(variance * np.array([np.sum(weights[: k + 1] ** 2) for k in range(3)]))
    returns = np.diff(np.log(walk))[49:]
    assert_allclose(answer.point, returns[:, None] * np.cumsum(phi ** np.arange(1, 4)), rtol=1e-9, atol=1e-15)
    assert_allclose(answer.quantiles[:, :, 4] - answer.point, np.tile(deviation * norm.ppf(0.975), (250, 1)), rtol=1e-8)


def test_compounded_returns_are_not_gaussian_and_have_no_quantiles(fit, make_series, walk):
    one, three = (
        fit(walk, SimpleReturn(), h, order=(1, 0, 0)).predict(make_series(walk, SimpleReturn(), h, to_predict=True))
        for h in (1, 3)
    )

    assert one.quantiles is not None
    assert three.quantiles is None


def test_weights_of_greatest_likelihood_are_found(fit):
    values = 3 + arma([0.6, 0.2], [-0.5], 4000, 3)

    (model,) = fit(values, Price(), order=(2, 0, 1)).models.values()

    direct = SARIMAX(values[2:-1], order=(2, 0, 1), trend="c")
    assert_allclose(model.params[1:], [0.6, 0.2, -0.5], atol=0.12)
    found = direct.loglike([*model.params, model.sigma2])
    assert found >= direct.fit(disp=0).llf - 1e-3


def test_only_the_training_block_is_learnt_from(fit, series):
    changed = series.copy()
    changed[201:] += 50
    before = fit(series, Price(), last=200, first=10)

    assert fit(changed, Price(), last=200, first=10).models == before.models
    changed[:8] += 50  # before the first window
    assert fit(changed, Price(), last=200, first=10).models == before.models


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (arma([0.7], [], 800, 0), (1, 0, 0)),
        (arma([], [0.6], 800, 0), (0, 0, 1)),
        (arma([], [], 800, 0), (0, 0, 0)),
        (np.cumsum(arma([], [], 800, 0)), (0, 1, 0)),
        (np.cumsum(np.cumsum(arma([], [], 800, 0))), (0, 2, 0)),
        (arma([0.5, -0.3], [], 3000, 7), (2, 0, 0)),
    ],
    ids=str,
)
def test_the_order_of_a_known_process_is_found(values, order):
    assert choose_order(values, 5, 5, None)[0] == order


@pytest.mark.parametrize(("level", "constant"), [(3.0, True), (0.0, False)])
def test_a_constant_is_there_where_the_series_has_a_level(level, constant):
    assert choose_order(level + arma([], [], 600, 4), 2, 2, None) == ((0, 0, 0), constant)


def test_the_search_keeps_to_its_bounds():
    values = arma([0.5, -0.6, 0.3], [0.5, 0.4], 600, 1)

    order, constant = choose_order(values, 1, 0, False)

    assert order == (1, 0, 0)
    assert not constant


def test_the_chosen_order_is_to_be_seen_and_given_it_forecasts_the_same(fit, make_series, series, tmp_path):
    chosen = fit(series, Price(), 2)
    model = chosen.models["A"]

    given_ = fit(series, Price(), 2, order=model.order, constant=model.constant)

    assert f"order={model.order}" in repr(chosen)
    chosen.save(tmp_path)
    saved = json.loads((tmp_path / "baseline.json").read_text())["models"]["A"]
    assert (tuple(saved["order"]), saved["constant"]) == (model.order, model.constant)
    windows = make_series(series, Price(), 2, to_predict=True)
    assert_allclose(given_.predict(windows).point, chosen.predict(windows).point, rtol=0, atol=0)
    assert FittedARIMA.load(tmp_path).models == chosen.models


def test_the_kpss_statistic_is_its_definition():
    values = arma([0.5], [], 300, 0)
    lags = int(3 * np.sqrt(300) / 13)
    e = values - values.mean()
    spread = e @ e + 2 * sum((1 - lag / (lags + 1)) * (e[lag:] @ e[:-lag]) for lag in range(1, lags + 1))

    assert_allclose(kpss_statistic(values), (np.cumsum(e) ** 2).sum() / 300**2 / (spread / 300), rtol=1e-10)


@pytest.mark.parametrize(("values", "d"), [(np.full(50, 3.0), 0), (np.arange(60.0), 1), (np.array([1.0, 2.0]), 0)])
def test_series_without_any_noise_are_differenced_until_they_stand_still(values, d):
    assert n_differences(values) == d


def test_conditional_least_squares_of_an_autoregression_is_a_regression_on_the_past():
    values = arma([0.5, 0.2], [], 500, 1)
    past = np.column_stack([np.concatenate([np.zeros(i), values[:-i]]) for i in (1, 2)])

    ar, ma = conditional_least_squares(values, 2, 0)

    assert_allclose(ar, np.linalg.lstsq(past, values, rcond=None)[0], atol=1e-5)
    assert len(ma) == 0


@given(free=st.lists(st.floats(-3, 3), min_size=1, max_size=5))
@settings(deadline=None)
def test_any_numbers_make_a_stationary_autoregression_and_come_back(free):
    weights = _weights(np.array(free))

    assert (np.abs(np.roots([1.0, *(-weights)])) < 1).all()
    assert_allclose(_free(weights), free, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("fields", [{}, {"order": (1, 0, 1)}, {"order": (2, 1, 1), "constant": True}], ids=str)
def test_a_series_that_does_not_move_stays_where_it_is(fit, make_series, fields):
    still = np.full(40, 7.0)

    answer = fit(still, Price(), 3, **fields).predict(make_series(still, Price(), 3, to_predict=True, first=10))

    assert_allclose(answer.point, 7.0, rtol=1e-12)


def test_a_handful_of_values_makes_a_simple_model(fit, make_series, series):
    fitted = fit(series[:9], Price())

    answer = fitted.predict(make_series(series[:20], Price(), first=9, to_predict=True))

    assert sum(fitted.models["A"].order) <= 2
    assert np.isfinite(answer.point).all()


@pytest.mark.parametrize("n", range(1, 10))
def test_there_are_never_more_numbers_to_estimate_than_values_bear(n):
    for seed in range(5):
        (p, d, q), constant = choose_order(arma([], [], n, seed), 5, 5, None)

        assert p + q == 0 or n - d > p + q + constant + 2


def test_symbols_have_models_of_their_own(fit, make_series, series, walk):
    both = {"A": series, "B": walk}
    together = fit(both, Price(), 2, order=(1, 0, 0))
    windows = make_series(both, Price(), 2, to_predict=True)

    answer = together.predict(windows).point

    for symbol, values in both.items():
        alone = fit({symbol: values}, Price(), 2, order=(1, 0, 0))
        part = alone.predict(make_series({symbol: values}, Price(), 2, to_predict=True)).point
        assert_allclose(answer[windows.symbols == symbol], part, rtol=1e-12)
    with pytest.raises(DataError, match="'arima' was fitted on A, B and knows nothing of Z"):
        together.predict(make_series({"Z": series}, Price(), 2, to_predict=True))


def test_an_estimate_that_did_not_converge_is_said_once():
    with pytest.warns(WorkbenchWarning, match=r"^arima: the search for the parameters of some series stopped") as said:
        with estimating("arima"):
            for _ in range(3):
                warnings.warn("it did not", ConvergenceWarning, stacklevel=1)
            warnings.warn("from somewhere else", UserWarning, stacklevel=1)
    assert len(said) == 1


def test_an_estimate_that_fails_is_a_clear_error():
    with pytest.raises(RunFailedError, match="ets could not be estimated: singular"), estimating("ets"):
        raise np.linalg.LinAlgError("singular")


def test_a_target_that_cannot_add_up_steps_is_refused_before_anything_is_fitted(make_series, make_context, log_return):
    windows = make_series(np.arange(20.0), Price(), 2)

    with pytest.raises(DataError, match="does not say how forecasts of single bars add up"):
        ARIMA().fit(windows, None, make_context(log_return, 2))


@pytest.mark.parametrize("order", [(1, 0), (-1, 0, 0), (1, 0, 0, 1)])
def test_an_order_is_three_counts(order):
    with pytest.raises(ExperimentError, match="`order"):
        ARIMA(order=order)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"order": [1, 0]}, r"`order` of 'arima' is \[1, 0\]: expected three numbers p, d and q"),
        ({"order": 3}, r"`order` of 'arima' is 3: expected three numbers"),
        ({"order": (1, 0, 1), "max_p": 2}, r"`max_p` of 'arima' is 2: nothing is chosen where `order` is given"),
        ({"order": (1, 0, 1), "max_q": 2}, r"`max_q` of 'arima' is 2: nothing is chosen where `order` is given"),
    ],
    ids=str,
)
def test_an_order_is_three_numbers_and_leaves_nothing_to_choose(fields, said):
    with pytest.raises(ExperimentError, match=said):
        ARIMA(**fields)
