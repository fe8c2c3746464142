"""Exponential smoothing beside the ARIMA models that it is equivalent to, and beside the textbook's recursion."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm
from statsmodels.tsa.holtwinters import SimpleExpSmoothing
from statsmodels.tsa.statespace.sarimax import SARIMAX

from workbench import DataError, ExperimentError
from workbench_baselines import ETS
from workbench_baselines._ets import ETSModel, FittedETS
from workbench_baselines._orders import differenced
from workbench_targets import LogReturn, Price


@pytest.fixture
def level() -> np.ndarray:
    """A level that wanders under noise."""
    rng = np.random.default_rng(5)
    return 10 + np.cumsum(0.3 * rng.standard_normal(260)) + rng.standard_normal(260)


@pytest.fixture
def fit(make_series, make_context):
    def fit(closes, target, horizon=1, *, last=None, first=4, **fields):
        train = make_series(closes, target, horizon, first=first, last=last)
        return ETS(**fields).fit(train, None, make_context(target, horizon))

    return fit


def as_arima(model: ETSModel) -> tuple[tuple[int, int, int], list[float]]:
    """Order and weights of the ARIMA model that forecasts the same [Hyndman et al. 2008, sec. 11.1]."""
    if not model.trend:
        (a,) = model.params
        return (0, 1, 1), [a - 1]
    a, b, *rest = model.params
    if not model.damped:
        return (0, 2, 2), [a + b - 2, 1 - a]
    (phi,) = rest
    return (1, 1, 2), [phi, a + phi * b - 1 - phi, phi * (1 - a)]


@pytest.mark.parametrize(
    ("fields", "first"), [({}, 4), ({"trend": True}, 4), ({"trend": True, "damped": True}, 230)], ids=str
)
def test_forecasts_are_those_of_the_equivalent_arima_on_the_history_of_each_origin(
    fit, make_series, level, fields, first
):
    """A damped slope is diffuse at first, in the ARIMA model it is stationary: they agree once that is forgotten."""
    fitted = fit(level, Price(), 3, last=200, **fields)
    windows = make_series(level, Price(), 3, first=first, to_predict=True)

    answer = fitted.predict(windows).point

    order, weights = as_arima(fitted.models["A"])
    for i in [*range(10), *range(10, len(windows), 12)]:
        direct = SARIMAX(
            windows.history(i), order=order, use_exact_diffuse=True, enforce_invertibility=False, concentrate_scale=True
        )
        assert_allclose(answer[i], direct.filter(weights).forecast(3), rtol=1e-8)


def test_forecasts_are_those_of_the_textbook_once_the_start_is_forgotten(fit, make_series, level):
    fitted = fit(level, Price())
    windows = make_series(level, Price(), first=200, to_predict=True)

    answer = fitted.predict(windows).point

    (alpha,) = fitted.models["A"].params
    for i in range(0, len(windows), 20):
        direct = SimpleExpSmoothing(windows.history(i), initialization_method="known", initial_level=level[0])
        assert_allclose(answer[i], direct.fit(smoothing_level=alpha, optimized=False).forecast(1), rtol=1e-8)


@pytest.mark.parametrize("fields", [{"period": 4}, {"period": 4, "trend": True, "damped": True}], ids=str)
def test_a_season_is_forecast_from_each_origin_as_by_statsmodels_directly(fit, make_series, level, fields):
    seasonal = level + np.tile([4.0, -2.0, 1.0, -3.0], 65)
    fitted = fit(seasonal, Price(), 6, last=200, **fields)
    windows = make_series(seasonal, Price(), 6, first=220, to_predict=True)

    answer = fitted.predict(windows).point

    model = fitted.models["A"]
    for i in range(0, len(windows), 8):
        assert_allclose(
            answer[i], model.over(windows.history(i)).filter(model.params, cov_type="none").forecast(6), rtol=1e-8
        )
    errors = answer[:-6] - np.array([seasonal[r + 1 : r + 7] for r in range(220, 254)])
    assert np.sqrt((errors**2).mean()) < 2.5  # the season itself has a spread of 2.7


def test_the_share_is_the_one_of_greatest_likelihood_on_the_training_block_alone(fit, level):
    fitted = fit(level, Price(), last=180, first=6)
    changed = level.copy()
    changed[181:] *= 3

    again = fit(changed, Price(), last=180, first=6)

    def likelihood(a):
        block = level[6 - 3 + 1 : 181]
        return SARIMAX(block, order=(0, 1, 1), use_exact_diffuse=True, concentrate_scale=True).loglike([a - 1])

    (alpha,) = fitted.models["A"].params
    grid = np.linspace(0.05, 0.95, 181)
    assert abs(alpha - max(grid, key=likelihood)) <= 0.005
    assert again.models == fitted.models


def test_quantiles_are_gaussian_with_the_textbooks_variance(fit, make_series, level):
    fitted = fit(level, Price(), 4)
    windows = make_series(level, Price(), 4, first=250, to_predict=True)

    answer = fitted.predict(windows)

    model = fitted.models["A"]
    (alpha,) = model.params
    deviation = np.sqrt(model.sigma2 * (1 + np.arange(4) * alpha**2))
    for j, level_ in enumerate((0.025, 0.1, 0.5, 0.9, 0.975)):
        assert_allclose(answer.quantiles[:, :, j], answer.point + deviation * norm.ppf(level_), rtol=1e-8)
    changes = differenced(level, 1)
    assert 0.5 * changes.var() < model.sigma2 < changes.var()


def test_missing_values_are_passed_over(fit, make_series, level):
    holed = level.copy()
    holed[[0, 40, 41, 100, 259]] = np.nan
    fitted = fit(holed, Price(), first=0)
    windows = make_series(holed, Price(), first=259, to_predict=True)

    (answer,) = fitted.predict(windows).point

    model = fitted.models["A"]
    direct = SARIMAX(holed, order=(0, 1, 1), use_exact_diffuse=True, concentrate_scale=True)
    assert_allclose(answer, direct.filter([model.params[0] - 1]).forecast(1), rtol=1e-8)


def test_returns_are_forecast_by_about_their_mean_and_add_up(fit, make_series, walk):
    fitted = fit(walk, LogReturn(), 3)

    (answer,) = fitted.predict(make_series(walk, LogReturn(), 3, first=299, to_predict=True)).point

    assert_allclose(answer, answer[0] * np.array([1, 2, 3]), rtol=1e-12)
    assert abs(answer[0] - np.diff(np.log(walk)).mean()) < 0.001


@pytest.mark.parametrize("fields", [{}, {"trend": True}, {"period": 3}], ids=str)
def test_a_series_that_does_not_move_stays_where_it_is(fit, make_series, fields):
    still = np.full(40, 7.0)

    answer = fit(still, Price(), 3, **fields).predict(make_series(still, Price(), 3, to_predict=True, first=10))

    assert_allclose(answer.point, 7.0, rtol=1e-12)
    assert_allclose(answer.quantiles, 7.0, rtol=1e-12)


def test_a_slope_that_is_not_there_cannot_be_damped():
    with pytest.raises(ExperimentError, match="there is no trend to damp"):
        ETS(damped=True)


def test_a_symbol_never_seen_is_a_clear_error(fit, make_series, level):
    with pytest.raises(DataError, match="'ets' was fitted on A and knows nothing of Z"):
        fit(level, Price()).predict(make_series({"Z": level}, Price(), to_predict=True))


def test_saved_and_loaded_its_numbers_are_the_same_to_the_last_bit(fit, tmp_path, level):
    fitted = fit(level, Price(), trend=True, period=4)

    fitted.save(tmp_path)

    assert FittedETS.load(tmp_path).models == fitted.models


def test_fewer_than_two_seasons_are_refused_before_anything_is_fitted(fit, level, monkeypatch):
    monkeypatch.setattr(ETSModel, "estimated", lambda self, values: pytest.fail("it was fitted"))

    with pytest.raises(
        DataError, match=r"season of 26 bars needs two whole seasons .* block of A has 50 bars.*`period"
    ):
        fit(level, Price(), first=2, last=49, period=26)
