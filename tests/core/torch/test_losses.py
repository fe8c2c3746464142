"""Losses that need several numbers per step, and the forecasts that are read from those."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from torch import nn

from workbench import ExperimentError, PluginError, Prediction, Windows
from workbench.torch import TorchForecaster
from workbench.torch.building import build_module
from workbench.torch.fitted import FittedTorchForecaster, Inputs
from workbench.torch.losses import VARIANCE_FLOOR, make_loss

LEVELS = (0.1, 0.25, 0.5, 0.9)


class Perceptron(TorchForecaster, name="loss_perceptron"):
    """Flattens the window."""

    hidden: int = 16

    def build(self, n_features, horizon):
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(self.hidden), nn.Tanh(), nn.Linear(self.hidden, horizon))


class Told(nn.Module):
    """Returns the same numbers whatever the window."""

    def __init__(self, outputs: list[float]) -> None:
        super().__init__()
        self.outputs = torch.tensor(outputs)

    def forward(self, windows):
        return self.outputs.expand(len(windows), -1)


def pinball(y: np.ndarray, quantiles: np.ndarray, levels: tuple[float, ...]) -> float:
    """The loss as it is printed, one number at a time."""
    costs = []
    for row, step in np.ndindex(y.shape):
        for level, q in zip(levels, quantiles[row, step], strict=True):
            e = y[row, step] - q
            costs.append(level * e if e >= 0 else (1 - level) * -e)
    return float(np.mean(costs))


def test_the_quantile_loss_is_the_mean_pinball_loss():
    rng = np.random.default_rng(0)
    y, quantiles = rng.standard_normal((5, 3)), rng.standard_normal((5, 3, 4))
    loss = make_loss(Perceptron(loss="quantile", levels=LEVELS))

    got = loss(torch.tensor(quantiles.reshape(5, 12), dtype=torch.float32), torch.tensor(y, dtype=torch.float32))

    assert_allclose(got.item(), pinball(y, quantiles, LEVELS), rtol=1e-6)


def test_the_gaussian_loss_is_the_negative_log_likelihood():
    rng = np.random.default_rng(1)
    y, outputs = rng.standard_normal((5, 3)), rng.standard_normal((5, 3, 2))
    sd = np.sqrt(np.log1p(np.exp(outputs[..., 1])) + VARIANCE_FLOOR)
    loss = make_loss(Perceptron(loss="gaussian"))

    got = loss(torch.tensor(outputs.reshape(5, 6), dtype=torch.float32), torch.tensor(y, dtype=torch.float32))

    assert_allclose(got.item(), -norm.logpdf(y, outputs[..., 0], sd).mean(), rtol=1e-6)


def test_the_variance_has_a_floor():
    loss = make_loss(Perceptron(loss="gaussian", levels=(0.1, 0.5, 0.9)))
    sure = torch.tensor([[2.0, -1e4]])  # a mean, and a spread of nothing

    value = loss(sure, torch.tensor([[2.0]]))

    assert_allclose(value.item(), -norm.logpdf(0, 0, np.sqrt(VARIANCE_FLOOR)), rtol=1e-6)
    assert_allclose(loss.forecast(sure)[0, 0, 1:], 2 + 1e-3 * norm.ppf([0.1, 0.5, 0.9]), rtol=1e-6)


def told(windows: Windows, outputs: list[float], **params) -> Prediction:
    inputs = Inputs(windows.n_features, 2, windows.lookback, windows.feature_names)
    return FittedTorchForecaster(Perceptron(**params), inputs, Told(outputs)).predict(windows)


def test_outputs_of_one_step_stand_side_by_side_and_are_sorted(make_windows):
    forecast = told(make_windows(n=3), [3.0, 1.0, 2.0, 7.0, 8.0, 9.0], loss="quantile", levels=(0.2, 0.5, 0.7))

    assert_array_equal(forecast.levels, [0.2, 0.5, 0.7])
    assert_array_equal(forecast.quantiles, [[[1, 2, 3], [7, 8, 9]]] * 3)
    assert_array_equal(forecast.point, [[2, 8]] * 3)


def test_gaussian_quantiles_are_those_of_the_normal_distribution(make_windows):
    forecast = told(make_windows(n=3), [1.0, 0.5, -2.0, 3.0], loss="gaussian", levels=LEVELS)

    sd = np.sqrt(np.log1p(np.exp([0.5, 3.0])))
    expected = np.stack([norm.ppf(LEVELS, 1, sd[0]), norm.ppf(LEVELS, -2, sd[1])])
    assert_allclose(forecast.quantiles, [expected] * 3, rtol=1e-5)
    assert_array_equal(forecast.point, [[1, -2]] * 3)


numbers = st.floats(-1e6, 1e6, width=32)


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
@pytest.mark.parametrize("name", ["quantile", "gaussian"])
def test_quantiles_never_cross_whatever_the_module_returns(name, rows):
    loss = make_loss(Perceptron(loss=name, levels=LEVELS))

    forecast = loss.forecast(torch.tensor(rows)).numpy()

    assert (np.diff(forecast[:, :, 1:], axis=2) >= 0).all()
    assert_array_equal(forecast[:, :, 0], forecast[:, :, 3])  # the point is the median


@pytest.mark.parametrize("loss", ["quantile", "gaussian"])
def test_the_validation_forecast_is_the_point_of_the_prediction(make_windows, context, curve, loss):
    held_out = make_windows(n=30, seed=1)

    fitted = Perceptron(epochs=1, loss=loss).fit(make_windows(), held_out, context)

    prediction = fitted.predict(replace(held_out, y=None))
    assert_allclose(curve.forecasts[0], prediction.point, rtol=1e-5, atol=1e-6)
    assert prediction.quantiles.shape == (30, 2, 5)


def test_the_validation_loss_of_quantiles_is_their_pinball_loss(make_windows, context, curve):
    held_out = make_windows(n=30, seed=1)

    fitted = Perceptron(epochs=4, loss="quantile", levels=LEVELS).fit(make_windows(), held_out, context)

    with torch.no_grad():
        outputs = fitted.module(torch.from_numpy(held_out.batch())).numpy().reshape(30, 2, 4)
    assert_allclose(min(curve.validation), pinball(held_out.y, outputs, LEVELS), rtol=1e-5)


@pytest.mark.parametrize(("loss", "k"), [("mse", 1), ("quantile", 5), ("gaussian", 2)])
def test_a_build_is_asked_for_as_many_outputs_as_the_loss_needs(loss, k):
    asked = []

    class Asked(Perceptron):
        def build(self, n_features, horizon):
            asked.append(horizon)
            return super().build(n_features, horizon)

    build_module(Asked(loss=loss), Inputs(2, 3, 4, ("a", "b")))

    assert asked == [3 * k]


def test_a_module_with_too_few_outputs_for_its_loss_is_refused():
    class Narrow(TorchForecaster, name="loss_narrow"):
        def build(self, n_features, horizon):
            return nn.Sequential(nn.Flatten(), nn.LazyLinear(2))

    with pytest.raises(PluginError, match=r"to \(2, 2\); expected \(2, 4\), 2 numbers per window and step for its l"):
        build_module(Narrow(loss="gaussian"), Inputs(1, 2, 4, ("a",)))


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ([0.1, 0.9], "the median, 0.5, among the levels"),
        ([], "the median"),
        ([0.5, 0.1], "rise strictly"),
        ([0.5, 0.5], "rise strictly"),
        ([0.0, 0.5], "between 0 and 1"),
        ([0.5, 1.0], "between 0 and 1"),
        ([0.5, float("nan")], "`levels"),
        ("half", "`levels`"),
    ],
)
def test_levels_that_are_none_are_refused(levels, message):
    with pytest.raises(ExperimentError, match=message):
        Perceptron(loss="quantile", levels=levels)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_levels_are_refused_where_the_loss_gives_no_quantiles(loss):
    with pytest.raises(ExperimentError, match=rf'`levels` of .*: `loss = "{loss}"` forecasts no quantiles'):
        Perceptron(loss=loss, levels=LEVELS)

    assert Perceptron(loss=loss, levels=Perceptron().levels) == Perceptron(loss=loss)


class Deep(Perceptron, name="loss_deep"):
    """Somebody's module, whose levels are something else."""

    levels: int = 3


def test_a_class_with_levels_of_its_own_forecasts_points_and_no_quantiles(make_windows, context):
    fitted = Deep(epochs=1).fit(make_windows(), None, context)

    assert fitted.predict(make_windows()).shape == (120, 2)
    with pytest.raises(PluginError, match=r"Deep has a parameter `levels` of its own, 3, .* Rename that parameter"):
        Deep(loss="quantile").fit(make_windows(), None, context)


# Calibration


def scattered(n: int, seed: int) -> Windows:
    """One number x per window, and a target that is normal around 2x with a spread of 0.1 + |x|."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    return Windows(
        values=x[:, None].astype(np.float32),
        ends=np.arange(n),
        lookback=1,
        horizon=1,
        feature_names=("x",),
        symbols=np.full(n, "A", dtype=object),
        origins=np.datetime64("2000-01-01") + np.arange(n),
        last_price=np.ones(n),
        y=(2 * x + (0.1 + np.abs(x)) * rng.standard_normal(n))[:, None],
    )


@pytest.mark.parametrize("loss", ["quantile", "gaussian"])
def test_intervals_cover_what_they_say_where_the_spread_is_narrow_and_where_it_is_wide(context, loss):
    train, test = scattered(3000, seed=0), scattered(4000, seed=1)
    forecaster = Perceptron(loss=loss, levels=(0.1, 0.5, 0.9), epochs=25, batch_size=64, learning_rate=0.01, hidden=32)

    forecast = forecaster.fit(train, None, replace(context, horizon=1, feature_names=("x",))).predict(test)

    low, _, high = forecast.quantiles[:, 0].T
    inside = (low <= test.y[:, 0]) & (test.y[:, 0] <= high)
    x = np.abs(test.values[:, 0])
    # three standard errors of a share of 0.8, of the training block's quantiles and of the test's count
    for part in (slice(None), x < 0.5, x >= 0.5):
        share, n = inside[part].mean(), inside[part].size
        assert abs(share - 0.8) < 3 * np.sqrt(0.8 * 0.2 * (1 / n + 1 / (0.75 * n))), share
    below = (test.y[:, 0] < forecast.point[:, 0]).mean()
    assert abs(below - 0.5) < 3 * np.sqrt(0.25 * (1 / 3000 + 1 / 4000))
    width = high - low
    assert width[x > 0.8].mean() > 2.5 * width[x < 0.2].mean()
