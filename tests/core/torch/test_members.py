"""Several networks as one forecaster."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from workbench import Prediction
from workbench.torch import TorchForecaster
from workbench.torch.members import MemberCurves, member_seeds


class Perceptron(TorchForecaster, name="member_perceptron"):
    """Flattens the window."""

    def build(self, n_features, horizon):
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, horizon))


def test_the_first_seed_is_the_runs_and_the_others_follow_from_it():
    seeds = member_seeds(7, 5)

    assert seeds[0] == 7
    assert seeds[:3] == member_seeds(7, 3)
    assert all(0 <= seed < 2**63 for seed in seeds)
    many = [seed for run in range(50) for seed in member_seeds(run, 20)]
    assert len(set(many)) == len(many)  # runs with neighbouring seeds share no member


def test_seeds_do_not_change_with_the_version_of_numpy():
    assert member_seeds(7, 3) == (7, 2021251017632032385, 8779501138110131270)


def test_one_member_is_what_there_is_without_members(make_windows, context, curve):
    held_out = make_windows(n=20, seed=3)

    plain = Perceptron(epochs=3).fit(make_windows(), held_out, context)
    one = Perceptron(epochs=3, members=1).fit(make_windows(), held_out, context)

    assert_array_equal(one.predict(held_out), plain.predict(held_out))
    assert curve.train[:3] == curve.train[3:]


@pytest.mark.parametrize("loss", ["mse", "quantile", "gaussian"])
def test_the_forecast_is_the_mean_of_those_of_the_members_fitted_alone(make_windows, context, loss):
    windows = make_windows()
    together = Perceptron(epochs=2, members=3, loss=loss).fit(windows, None, context).predict(windows)

    order = member_seeds(context.seed, 3)[::-1]  # each is what it is, whichever comes first
    alone = [Perceptron(epochs=2, loss=loss).fit(windows, None, replace(context, seed=s)) for s in order]
    forecasts = [Prediction.of(fitted.predict(windows), 120, 2) for fitted in alone]

    whole = Prediction.of(together, 120, 2)
    assert_allclose(whole.point, np.mean([f.point for f in forecasts], axis=0), rtol=1e-12, atol=1e-15)
    assert np.ptp([f.point for f in forecasts], axis=0).min() > 0
    if loss != "mse":
        expected = np.mean([f.quantiles for f in forecasts], axis=0)
        assert_allclose(whole.quantiles, expected, rtol=1e-12, atol=1e-15)
        assert (np.diff(whole.quantiles, axis=2) >= 0).all()


def test_the_learning_curve_is_the_mean_of_those_of_the_members(make_windows, context, curve):
    held_out = make_windows(n=20, seed=3)
    forecaster = Perceptron(epochs=3)
    for seed in member_seeds(context.seed, 2):
        forecaster.fit(make_windows(), held_out, replace(context, seed=seed))

    Perceptron(epochs=3, members=2).fit(make_windows(), held_out, context)

    assert curve.epochs == [1, 2, 3] * 3
    assert_allclose(curve.train[6:], np.mean([curve.train[:3], curve.train[3:6]], axis=0), rtol=1e-12)
    assert_allclose(curve.validation[6:], np.mean([curve.validation[:3], curve.validation[3:6]], axis=0), rtol=1e-12)
    assert_allclose(curve.forecasts[6:], np.mean([curve.forecasts[:3], curve.forecasts[3:6]], axis=0), rtol=1e-12)


def test_a_member_that_has_stopped_stands_with_its_last_epoch(curve):
    curves = MemberCurves()
    short, long = curves.next_member(), curves.next_member()
    short(1, 4.0, 2.0, np.array([[1.0]]))
    for epoch, loss in enumerate((2.0, 0.0), start=1):
        long(epoch, loss, 2 * loss, np.array([[3.0 * epoch]]))

    curves.report_to(curve)

    assert curve.epochs == [1, 2]
    assert curve.train == [3.0, 2.0]
    assert curve.validation == [3.0, 1.0]
    assert_array_equal(curve.forecasts, [[[2.0]], [[3.5]]])


def test_without_a_validation_block_none_is_reported(make_windows, context, curve):
    Perceptron(epochs=2, members=2).fit(make_windows(), None, context)

    assert curve.validation == [None, None]
    assert curve.forecasts == [None, None]


def test_members_travel_together(make_windows, context):
    fitted = Perceptron(epochs=1, members=3).fit(make_windows(), None, context)

    arrived = pickle.loads(pickle.dumps(fitted))

    assert len(arrived.modules) == 3
    assert arrived.module is arrived.modules[0]
    assert_array_equal(arrived.predict(make_windows()), fitted.predict(make_windows()))


def test_a_forecast_is_the_same_to_the_last_bit_in_any_company(make_windows, context):
    windows = make_windows()
    fitted = Perceptron(epochs=1, members=2, loss="gaussian").fit(windows, None, context)
    whole = fitted.predict(windows)

    part = fitted.predict(windows.subset(np.array([90, 3, 41])))

    assert_array_equal(part.point, whole.point[[90, 3, 41]])
    assert_array_equal(part.quantiles, whole.quantiles[[90, 3, 41]])


def test_the_random_state_is_left_alone(make_windows, context):
    state = torch.get_rng_state()

    Perceptron(epochs=1, members=3).fit(make_windows(), None, context)

    assert_array_equal(torch.get_rng_state(), state)
