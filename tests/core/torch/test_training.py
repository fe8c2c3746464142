from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from workbench import DataError, FitContext, PluginError, RequestError, RunFailedError, WorkbenchWarning
from workbench.torch import TorchForecaster, default_device
from workbench.torch.scope import borrowed_torch


class Perceptron(TorchForecaster, name="perceptron"):
    """Flattens the window."""

    hidden: int = 8
    dropout: float = 0.0

    def build(self, n_features, horizon):
        return nn.Sequential(
            nn.Flatten(),
            nn.LazyLinear(self.hidden),
            nn.Tanh(),
            nn.Dropout(self.dropout),
            nn.Linear(self.hidden, horizon),
        )


class WrongShape(TorchForecaster, name="wrong_shape"):
    """Forgets the horizon."""

    def build(self, n_features, horizon):
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(1), nn.Flatten(0))


def test_training_loss_falls_and_every_epoch_is_reported(make_windows, context, curve):
    Perceptron(epochs=12, learning_rate=0.01).fit(make_windows(), None, context)

    assert curve.epochs == list(range(1, 13))
    assert curve.train[-1] < 0.5 * curve.train[0]
    assert curve.validation == [None] * 12
    assert curve.forecasts == [None] * 12


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "rmsprop"])
@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_every_optimizer_lowers_every_loss(make_windows, context, curve, optimizer, loss):
    rate = 0.05 if optimizer == "sgd" else 0.005

    Perceptron(epochs=6, learning_rate=rate, optimizer=optimizer, loss=loss).fit(make_windows(), None, context)

    assert curve.train[-1] < 0.9 * curve.train[0]


def reference_epochs(settings: Perceptron, windows, seed: int, make_optimizer, make_loss) -> list[float]:
    """The same training, in the plainest torch: all windows copied, sums kept as Python floats."""
    x, y = torch.from_numpy(windows.batch()), torch.tensor(windows.y, dtype=torch.float32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = settings.build(windows.n_features, windows.horizon)
        module(x[:1])
    optimizer = make_optimizer(module.parameters())
    order = torch.Generator().manual_seed(seed)
    epochs = []
    for _ in range(settings.epochs):
        total = 0.0
        index = torch.randperm(len(x), generator=order) if settings.shuffle else torch.arange(len(x))
        for start in range(0, len(x), settings.batch_size):
            part = index[start : start + settings.batch_size]
            loss = make_loss(module(x[part]), y[part])
            optimizer.zero_grad()
            loss.backward()
            if settings.gradient_clip is not None:
                nn.utils.clip_grad_norm_(module.parameters(), settings.gradient_clip)
            optimizer.step()
            total += loss.item() * len(part)
        epochs.append(total / len(x))
    return epochs


@pytest.mark.parametrize(
    ("params", "make_optimizer", "make_loss"),
    [
        ({}, lambda p: torch.optim.Adam(p, 1e-3), nn.MSELoss()),
        ({"weight_decay": 0.3}, lambda p: torch.optim.Adam(p, 1e-3, weight_decay=0.3), nn.MSELoss()),
        (
            {"optimizer": "adamw", "weight_decay": 0.3},
            lambda p: torch.optim.AdamW(p, 1e-3, weight_decay=0.3),
            nn.MSELoss(),
        ),
        ({"optimizer": "sgd", "learning_rate": 0.1}, lambda p: torch.optim.SGD(p, 0.1), nn.MSELoss()),
        ({"optimizer": "rmsprop"}, lambda p: torch.optim.RMSprop(p, 1e-3), nn.MSELoss()),
        ({"loss": "mae"}, lambda p: torch.optim.Adam(p, 1e-3), nn.L1Loss()),
        ({"loss": "huber"}, lambda p: torch.optim.Adam(p, 1e-3), nn.HuberLoss()),
        ({"shuffle": False, "batch_size": 50}, lambda p: torch.optim.Adam(p, 1e-3), nn.MSELoss()),
        (
            {"optimizer": "sgd", "learning_rate": 0.1, "gradient_clip": 0.05},
            lambda p: torch.optim.SGD(p, 0.1),
            nn.MSELoss(),
        ),
    ],
)
def test_losses_are_those_of_a_plain_torch_loop(make_windows, context, curve, params, make_optimizer, make_loss):
    settings = Perceptron(**{"epochs": 5, **params})

    settings.fit(make_windows(), None, context)

    expected = reference_epochs(settings, make_windows(), context.seed, make_optimizer, make_loss)
    assert_allclose(curve.train, expected, rtol=2e-6)


def test_validation_figures_are_of_the_module_without_dropout_on_the_validation_block(make_windows, context, curve):
    held_out = make_windows(n=30, seed=1)
    forecaster = Perceptron(epochs=1, dropout=0.5)

    fitted = forecaster.fit(make_windows(), held_out, context)

    (forecast,) = curve.forecasts
    assert_allclose(forecast, fitted.predict(held_out), rtol=1e-5, atol=1e-6)
    assert forecast.dtype == np.float64
    assert_allclose(curve.validation, [np.mean((forecast - held_out.y) ** 2)], rtol=1e-5)


def test_the_weights_of_the_best_epoch_are_kept_even_without_patience(make_windows, context, curve):
    held_out = make_windows(n=30, seed=5)

    fitted = Perceptron(epochs=25, learning_rate=0.1).fit(make_windows(n=20), held_out, context)

    best = int(np.argmin(curve.validation))
    assert best < 24, "the test needs a fit that gets worse"
    assert_allclose(fitted.predict(held_out), curve.forecasts[best], rtol=1e-5, atol=1e-6)


def test_patience_stops_that_many_epochs_after_the_best(make_windows, context, curve):
    Perceptron(epochs=60, learning_rate=0.1, patience=3).fit(make_windows(n=20), make_windows(n=30, seed=5), context)

    assert len(curve.epochs) < 60
    assert int(np.argmin(curve.validation)) == len(curve.epochs) - 1 - 3


def test_patience_without_a_validation_block_changes_nothing(make_windows, context, curve):
    with pytest.warns(WorkbenchWarning, match="without a validation block, so that `patience` had nothing to go by"):
        Perceptron(epochs=4, patience=1).fit(make_windows(), None, context)

    assert len(curve.epochs) == 4


def test_the_same_seed_gives_the_same_bits_whatever_ran_before(make_windows, context):
    forecaster = Perceptron(epochs=3, dropout=0.3)
    first = forecaster.fit(make_windows(), None, context).predict(make_windows())

    torch.manual_seed(99)
    torch.rand(1000)
    Perceptron(hidden=3, epochs=1).fit(make_windows(n=17), None, replace(context, seed=1))
    with torch.no_grad():
        second = forecaster.fit(make_windows(), None, context).predict(make_windows())

    assert_array_equal(first, second)


def test_another_seed_gives_other_forecasts(make_windows, context):
    forecaster = Perceptron(epochs=2)

    one = forecaster.fit(make_windows(), None, context).predict(make_windows())
    two = forecaster.fit(make_windows(), None, replace(context, seed=8)).predict(make_windows())

    assert np.abs(one - two).max() > 1e-3


def test_a_validation_block_does_not_change_what_is_learnt_epoch_by_epoch(make_windows, context, curve):
    forecaster = Perceptron(epochs=3, dropout=0.3)

    forecaster.fit(make_windows(), None, context)
    forecaster.fit(make_windows(), make_windows(n=9, seed=3), context)

    assert curve.train[:3] == curve.train[3:]


def test_nothing_of_the_process_is_changed(make_windows, context):
    torch.manual_seed(5)
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(2)
    state = torch.get_rng_state()
    try:
        with torch.no_grad():
            forecaster = Perceptron(epochs=1, dropout=0.5)
            fitted = forecaster.fit(make_windows(), None, replace(context, n_threads=1))
            fitted.predict(make_windows())
            assert not torch.is_grad_enabled()
        assert torch.get_num_threads() == 2
        assert torch.get_default_dtype() == torch.float64
        assert_array_equal(torch.get_rng_state(), state)
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_num_threads(1)


def test_settings_are_given_back_when_a_fit_fails(make_windows, context):
    state = torch.get_rng_state()

    with pytest.raises(PluginError):
        WrongShape().fit(make_windows(), None, replace(context, n_threads=2))

    assert torch.get_num_threads() == 1
    assert_array_equal(torch.get_rng_state(), state)


def test_a_fit_uses_the_threads_it_was_given(make_windows, context):
    seen = []

    class Spy(Perceptron):
        def build(self, n_features, horizon):
            seen.append(torch.get_num_threads())
            return super().build(n_features, horizon)

    Spy(epochs=1).fit(make_windows(), None, replace(context, n_threads=2))

    assert seen == [2]


def test_a_forecaster_is_not_changed_by_its_fit(make_windows, context):
    forecaster = Perceptron(epochs=1)

    forecaster.fit(make_windows(), None, context)

    assert forecaster == Perceptron(epochs=1)


def test_a_module_of_the_wrong_shape_is_refused(make_windows, context):
    with pytest.raises(PluginError, match=r"WrongShape\.build .* to \(2,\); expected \(2, 2\)"):
        WrongShape().fit(make_windows(), None, context)


def test_a_diverging_fit_says_when_and_what_to_try(make_windows, context):
    windows = make_windows()
    wild = replace(windows, values=windows.values * np.float32(1e30))

    with pytest.raises(RunFailedError, match=r"diverged in epoch 1 of 20.*learning_rate.*gradient_clip"):
        Linear().fit(wild, None, context)


class Linear(TorchForecaster, name="linear"):
    """One linear map."""

    def build(self, n_features, horizon):
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(horizon))


def test_weights_that_the_last_step_made_infinite_are_noticed(make_windows, context, curve):
    windows = make_windows(n=8)
    steep = replace(windows, values=windows.values * np.float32(1e15))

    with pytest.raises(RunFailedError, match="diverged in epoch 1"):
        Linear(epochs=1, batch_size=8, optimizer="sgd", learning_rate=1e30).fit(steep, None, context)

    assert curve.epochs == []


def test_no_training_windows_is_a_clear_error(make_windows, context):
    empty = make_windows().subset(np.arange(0))

    with pytest.raises(DataError, match="the training block has no windows"):
        Perceptron().fit(empty, None, context)
    with pytest.raises(DataError, match="the validation block has no windows"):
        Perceptron().fit(make_windows(), empty, context)


def test_a_feature_that_is_not_finite_is_named_by_origin(make_windows, context):
    windows = make_windows(n=40, lookback=8)
    values = windows.values.copy()
    values[20, 1] = np.nan

    with pytest.raises(DataError, match=r"8 of 40 training windows hold a feature .* 2020-01-21 of A"):
        Perceptron().fit(replace(windows, values=values), None, context)


def test_rows_outside_every_window_may_be_undefined(make_windows, context, curve):
    windows = make_windows(n=40, first=10)
    values = windows.values.copy()
    values[:10] = np.nan

    Perceptron(epochs=1).fit(replace(windows, values=values), None, context)

    assert np.isfinite(curve.train).all()


def test_a_target_that_is_not_finite_is_refused(make_windows, context):
    windows = make_windows(n=40)
    y = windows.y.copy()
    y[3, 1] = np.inf

    with pytest.raises(DataError, match="1 of 40 validation windows hold a target"):
        Perceptron().fit(make_windows(), replace(windows, y=y), context)


def test_a_device_that_is_not_there_is_a_wrong_request(make_windows, context):
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    missing = next(device for device, available in there.items() if not available)

    with pytest.raises(RequestError, match=f"`device` is '{missing}'.*Usable here: 'cpu'"):
        Perceptron(device=missing).fit(make_windows(), None, context)
    with pytest.raises(RequestError, match=missing):
        Perceptron().fit(make_windows(), None, replace(context, device=missing))


def test_a_device_asked_for_wins_over_the_one_of_the_context(make_windows, context):
    Perceptron(epochs=1, device="cpu").fit(make_windows(), None, replace(context, device="cuda"))


def test_the_default_device_is_one_that_can_be_used():
    assert default_device() == ("cuda" if torch.cuda.is_available() else "cpu")


def test_borrowed_settings_are_known_ones():
    torch.manual_seed(1)

    with torch.no_grad(), borrowed_torch(seed=3):
        drawn = torch.rand(4)
        assert torch.is_grad_enabled()

    assert_array_equal(drawn, torch.rand(4, generator=torch.Generator().manual_seed(3)))


def test_fits_in_threads_do_not_disturb_each_other(make_windows, context: FitContext):
    from concurrent.futures import ThreadPoolExecutor

    forecaster = Perceptron(epochs=2, dropout=0.4)
    alone = [forecaster.fit(make_windows(), None, replace(context, seed=s)) for s in range(4)]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda s: forecaster.fit(make_windows(), None, replace(context, seed=s)), range(4)))

    for one, other in zip(alone, together, strict=True):
        assert_array_equal(one.predict(make_windows()), other.predict(make_windows()))
