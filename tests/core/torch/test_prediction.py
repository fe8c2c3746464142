from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from workbench import DataError
from workbench.torch import TorchForecaster
from workbench.torch.batches import BLOCK, _without_clashes, blocks


class Recurrent(TorchForecaster, name="recurrent"):
    """A network whose matrix products round differently by batch size and place."""

    def build(self, n_features, horizon):
        class Network(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.lstm = nn.LSTM(n_features, 30, batch_first=True)
                self.dropout = nn.Dropout(0.5)
                self.head = nn.Linear(30, horizon)

            def forward(self, windows):
                states, _ = self.lstm(windows)
                return self.head(self.dropout(states[:, -1]))

        return Network()


@pytest.fixture
def wide(make_windows):
    """Windows for a network with 5 features and 7 steps."""
    return make_windows(n=150, lookback=6, horizon=7, n_features=5)


@pytest.fixture
def fitted(wide, context):
    return Recurrent(epochs=1).fit(wide, None, replace(context, horizon=7))


def test_forecasts_are_float64_of_shape_n_horizon_and_equal_the_module(fitted, wide, without_y):
    forecast = fitted.predict(without_y(wide))

    assert forecast.dtype == np.float64
    with torch.no_grad():
        expected = fitted.module.eval()(torch.from_numpy(wide.batch())).numpy()
    assert_allclose(forecast, expected, rtol=1e-4, atol=1e-6)


def test_a_forecast_is_the_same_to_the_last_bit_in_any_company(fitted, wide):
    whole = fitted.predict(wide)
    rng = np.random.default_rng(0)

    for n in (1, 2, 7, 31, 33, 100, 150):
        index = rng.permutation(150)[:n]
        assert_array_equal(fitted.predict(wide.subset(index)), whole[index])


def test_later_rows_do_not_change_a_forecast(fitted, wide):
    before = fitted.predict(wide)
    values = wide.values.copy()
    values[wide.ends[60] + 1 :] *= -3

    after = fitted.predict(replace(wide, values=values))

    assert_array_equal(after[:61], before[:61])
    assert (after[61:] != before[61:]).any(axis=1).all()


def test_forecasts_do_not_depend_on_threads_grad_mode_or_random_state(fitted, wide):
    expected = fitted.predict(wide)
    fitted.module.train()
    torch.set_num_threads(2)
    torch.manual_seed(123)

    assert_array_equal(fitted.predict(wide), expected)


def test_no_windows_give_no_forecasts(fitted, wide):
    assert fitted.predict(wide.subset(np.arange(0))).shape == (0, 7)


def test_many_equal_windows_are_all_forecast(fitted, wide):
    flat = replace(wide, values=np.ones_like(wide.values))

    forecast = fitted.predict(flat)

    assert_array_equal(forecast, np.repeat(forecast[:1], 150, axis=0))
    assert np.isfinite(forecast).all()


def test_an_undefined_window_spoils_its_own_forecast_only(fitted, wide):
    expected = fitted.predict(wide)
    values = wide.values.copy()
    values[wide.ends[149]] = np.nan

    forecast = fitted.predict(replace(wide, values=values))

    assert np.isnan(forecast[149]).all()
    assert_array_equal(forecast[:149], expected[:149])


def test_other_features_than_those_trained_on_are_refused(fitted, wide):
    with pytest.raises(DataError, match=r"lookback 6 and the features f0, f1, f2, f3, f4, but .* g0, f1"):
        fitted.predict(replace(wide, feature_names=("g0", "f1", "f2", "f3", "f4")))
    with pytest.raises(DataError, match="the windows have lookback 5"):
        fitted.predict(replace(wide, lookback=5))


def test_blocks_hold_every_window_once_in_a_place_of_its_own(wide):
    seen = []

    for index, block, places in blocks(wide):
        assert block.shape == (BLOCK, 6, 5)
        assert len(set(places)) == len(places)
        assert_array_equal(block[places], wide.batch(index))
        empty = np.setdiff1d(np.arange(BLOCK), places)
        assert not block[empty].any()
        seen.extend(index)

    assert sorted(seen) == list(range(150))


@given(st.lists(st.integers(0, BLOCK - 1)))
@settings(max_examples=50, deadline=None)
def test_groups_without_clashes_are_as_few_as_can_be(places):
    groups = list(_without_clashes(np.array(places, dtype=np.int64)))

    assert sorted(i for group in groups for i in group) == list(range(len(places)))
    assert all(len({places[i] for i in group}) == len(group) for group in groups)
    assert len(groups) == max((places.count(p) for p in places), default=0)
