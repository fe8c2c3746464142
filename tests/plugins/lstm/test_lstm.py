from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

import workbench_lstm
from workbench import ExperimentError, FitFailure, FitJob, Prediction
from workbench.torch import FittedTorchForecaster
from workbench_lstm import LSTM, StackedLSTM

FORECASTERS = [
    LSTM(hidden=12, epochs=3),
    LSTM(hidden=5, dropout=0.4, epochs=2, optimizer="rmsprop", loss="huber", gradient_clip=1.0),
    StackedLSTM(layers=(8, 4), epochs=2),
    StackedLSTM(layers=(6, 5, 4), dropout=0.2, epochs=2, optimizer="adamw", weight_decay=0.01),
    StackedLSTM(layers=(6, 5), dense=(4,), dense_activation="tanh", cell_activation="softsign", epochs=2),
]
each = pytest.mark.parametrize("forecaster", FORECASTERS, ids=lambda f: f.label)


class Plain(nn.Module):
    """What the workbench's network is to be: LSTM layers, dense layers and one linear map."""

    def __init__(self, lstms: list[nn.Module], dense: list[nn.Module], head: nn.Linear) -> None:
        super().__init__()
        self.lstms, self.dense, self.head = nn.ModuleList(lstms), nn.ModuleList(dense), head

    def forward(self, x):
        for lstm in self.lstms:
            x = lstm(x)[0]
        x = x[:, -1, :]
        for layer in self.dense:
            x = layer(x)
        return self.head(x)


class ByHand(nn.Module):
    """The weights of an `nn.LSTM`, and its equations written out with softsign for tanh."""

    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        self.lstm = lstm

    def forward(self, x):
        h = c = torch.zeros(len(x), self.lstm.hidden_size)
        states = []
        for t in range(x.shape[1]):
            w, r, b, d = self.lstm.all_weights[0]
            i, f, g, o = (x[:, t] @ w.T + b + h @ r.T + d).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * nn.functional.softsign(g)
            h = torch.sigmoid(o) * nn.functional.softsign(c)
            states.append(h)
        return torch.stack(states, 1), h


def initial_network(forecaster, seed: int, horizon: int) -> Plain:
    """Draw initial weights in torch's own way: layer by layer, dense layers, then the head."""
    units = (forecaster.hidden,) if isinstance(forecaster, LSTM) else forecaster.layers
    activation = {"linear": nn.Identity, "relu": nn.ReLU}[forecaster.dense_activation]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        lstms = [nn.LSTM(a, b, batch_first=True) for a, b in zip((2, *units), units, strict=False)]
        layers = [nn.Linear(a, b) for a, b in zip((units[-1], *forecaster.dense), forecaster.dense, strict=False)]
        head = nn.Linear([*units, *forecaster.dense][-1], horizon)
    lstms = [ByHand(lstm) for lstm in lstms] if forecaster.cell_activation == "softsign" else lstms
    return Plain(lstms, [nn.Sequential(layer, activation()) for layer in layers], head)


@pytest.mark.parametrize(
    "forecaster",
    [
        LSTM(hidden=16, epochs=10),
        StackedLSTM(layers=[9, 5], epochs=10),
        LSTM(hidden=8, dense=[6], epochs=10),
        StackedLSTM(layers=[7, 6], dense=[5, 4], dense_activation="relu", epochs=10),
        LSTM(hidden=12, cell_activation="softsign", epochs=10),
        StackedLSTM(layers=[6, 5, 4], cell_activation="softsign", epochs=10),
    ],
    ids=lambda f: f.label,
)
def test_the_first_ten_losses_are_those_of_a_plain_loop(make_windows, context, train_losses, forecaster):
    windows = make_windows()
    x, y = torch.from_numpy(windows.batch()), torch.tensor(windows.y, dtype=torch.float32)

    forecaster.fit(windows, None, context)

    network = initial_network(forecaster, context.seed, 3)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    order = torch.Generator().manual_seed(context.seed)
    expected = []
    for _ in range(10):
        losses = []
        for part in torch.randperm(len(x), generator=order).split(32):
            loss = ((network(x[part]) - y[part]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item() * len(part))
        expected.append(sum(losses) / len(x))
    assert_allclose(train_losses, expected, atol=1e-6, rtol=0)


def test_loss_falls_far_on_a_noisy_sine(make_windows, context, train_losses):
    windows = make_windows()

    fitted = LSTM(hidden=16, epochs=25, learning_rate=0.01).fit(windows, None, context)

    assert train_losses[-1] < 0.05 * train_losses[0]
    later = make_windows(seed=1)
    error = np.sqrt(np.mean((fitted.predict(later) - later.y) ** 2))
    assert error < 0.25 * later.y.std()


@each
def test_the_same_seed_gives_the_same_bits(make_windows, context, forecaster):
    first = forecaster.fit(make_windows(), make_windows(n=30, seed=2), context).predict(make_windows())
    torch.rand(7)
    again = forecaster.fit(make_windows(), make_windows(n=30, seed=2), context).predict(make_windows())

    assert_array_equal(first, again)


@each
def test_another_seed_gives_other_forecasts(make_windows, context, forecaster):
    first = forecaster.fit(make_windows(), None, context).predict(make_windows())
    other = forecaster.fit(make_windows(), None, replace(context, seed=12)).predict(make_windows())

    assert (first != other).all()


SCRIPT = """
import hashlib, sys
import numpy as np, torch
from workbench import FitContext, Windows
from workbench_lstm import StackedLSTM

values = np.sin(np.arange(300, dtype=np.float64) ** 1.1).reshape(150, 2)
ends = np.arange(9, 149)
windows = Windows(
    values=values.astype(np.float32), ends=ends, lookback=10, horizon=2, feature_names=("a", "b"),
    symbols=np.full(140, "A", dtype=object), origins=np.datetime64("2020-01-01") + ends,
    last_price=np.ones(140), y=values[1:][ends],
)
context = FitContext(seed=5, target=None, horizon=2, feature_names=("a", "b"), symbols=("A",))
forecaster = StackedLSTM(layers=(7, 5), dropout=0.3, epochs=2)
"""
FIT = "print(hashlib.sha256(forecaster.fit(windows, None, context).predict(windows).tobytes()).hexdigest())"
EARLIER = "torch.set_num_threads(2); torch.manual_seed(3); torch.rand(9); forecaster.fit(windows, windows, context)"


@pytest.mark.slow
def test_another_process_gives_the_same_bits_whatever_ran_there_before():
    def run(code: str) -> str:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout

    assert run(SCRIPT + FIT) == run(f"{SCRIPT}{EARLIER}\n{FIT}")


def test_dropout_is_on_in_training_and_off_in_forecasts(make_windows, context, train_losses):
    LSTM(epochs=1).fit(make_windows(), None, context)
    fitted = LSTM(epochs=1, dropout=0.5).fit(make_windows(), None, context)

    assert train_losses[0] != train_losses[1]
    assert_array_equal(fitted.predict(make_windows()), fitted.predict(make_windows()))


def test_dropout_follows_every_layer():
    from workbench_lstm._network import LSTMNetwork

    network = LSTMNetwork(2, (4, 3), 0.5, 1)
    seen = []
    network.dropout.register_forward_hook(lambda module, given, result: seen.append(tuple(result.shape)))

    network(torch.zeros(6, 9, 2))

    assert seen == [(6, 9, 4), (6, 9, 3)]


@each
def test_later_bars_do_not_change_a_forecast(make_windows, context, forecaster):
    windows = make_windows()
    fitted = forecaster.fit(windows, None, context)
    before = fitted.predict(windows)
    values = windows.values.copy()
    values[windows.ends[100] + 1 :] += 5

    after = fitted.predict(replace(windows, values=values))
    alone = fitted.predict(windows.subset(np.array([100])))

    assert_array_equal(after[:101], before[:101])
    assert_array_equal(alone[0], before[100])
    assert (after[101:] != before[101:]).all()


@each
def test_saved_and_loaded_it_forecasts_the_same(make_windows, context, tmp_path, forecaster):
    fitted = forecaster.fit(make_windows(), None, context)
    fitted.save(tmp_path)

    loaded = FittedTorchForecaster.load(tmp_path)

    assert loaded.forecaster == forecaster
    assert_array_equal(loaded.predict(make_windows()), fitted.predict(make_windows()))


def test_best_weights_are_restored_when_stopping_early(make_windows, context):
    curve = []
    watched = replace(context, report=lambda epoch, train, loss, forecast: curve.append((loss, forecast)))
    held_out = make_windows(n=40, seed=9)

    fitted = LSTM(hidden=24, epochs=80, learning_rate=0.05, patience=4).fit(make_windows(n=15), held_out, watched)

    losses = [loss for loss, _ in curve]
    assert len(losses) < 80
    assert losses.index(min(losses)) == len(losses) - 5
    assert_allclose(fitted.predict(held_out), curve[-5][1], rtol=1e-4, atol=1e-6)


def test_dense_layers_stand_between_the_last_state_and_the_head():
    from workbench_lstm._network import LSTMNetwork

    network = LSTMNetwork(2, (4, 3), 0.0, 1, dense=(25, 7), dense_activation="relu")
    seen = []
    network.head.register_forward_hook(lambda module, given, result: seen.append(given[0]))

    network(torch.randn(6, 9, 2))

    assert [(layer.in_features, layer.out_features) for layer in network.dense] == [(3, 25), (25, 7)]
    assert seen[0].shape == (6, 7)
    assert (seen[0] >= 0).all()


def test_the_activations_offered_are_those_there_are():
    from typing import get_args

    from workbench_lstm._activations import ACTIVATIONS
    from workbench_lstm._forecasters import Activation

    assert list(get_args(Activation)) == list(ACTIVATIONS)


EVERY_KIND = {
    "tanh": LSTM(hidden=5, epochs=1),
    "softsign": StackedLSTM(layers=(5, 4), cell_activation="softsign", epochs=1),
    "dense": LSTM(hidden=5, dense=(4, 3), dense_activation="sigmoid", epochs=1),
    "quantile": LSTM(hidden=5, loss="quantile", levels=(0.2, 0.5, 0.8), epochs=1),
    "gaussian": StackedLSTM(layers=(5, 4), loss="gaussian", epochs=1),
    "members": LSTM(hidden=5, members=3, loss="quantile", epochs=1),
}
LOADED = """
import sys
from pathlib import Path
import numpy as np
from workbench import Prediction, Windows
from workbench.torch import FittedTorchForecaster

folder = Path(sys.argv[1])
given = dict(np.load(folder / "windows.npz"))
n = len(given["ends"])
windows = Windows(
    **given, lookback=10, horizon=3, feature_names=("wave", "slope"), symbols=np.full(n, "A", dtype=object),
    origins=np.datetime64("2020-01-01") + given["ends"], last_price=np.ones(n),
)
answers = {}
for kind in sys.argv[2:]:
    forecast = Prediction.of(FittedTorchForecaster.load(folder / kind).predict(windows), n, 3)
    answers[kind] = forecast.point
    if forecast.quantiles is not None:
        answers[kind + "_quantiles"], answers[kind + "_levels"] = forecast.quantiles, forecast.levels
np.savez(folder / "answers.npz", **answers)
"""


def test_every_kind_forecasts_the_same_in_another_process(make_windows, context, tmp_path):
    windows = make_windows()
    fitted = {kind: forecaster.fit(windows, None, context) for kind, forecaster in EVERY_KIND.items()}
    for kind, each in fitted.items():
        (tmp_path / kind).mkdir()
        each.save(tmp_path / kind)
    np.savez(tmp_path / "windows.npz", values=windows.values, ends=windows.ends)

    subprocess.run([sys.executable, "-c", LOADED, str(tmp_path), *EVERY_KIND], check=True)

    answers = np.load(tmp_path / "answers.npz")
    for kind, each in fitted.items():
        here = Prediction.of(each.predict(windows), len(windows), 3)
        assert_array_equal(answers[kind], here.point)
        assert (f"{kind}_levels" in answers) == (kind in ("quantile", "gaussian", "members"))
        if here.quantiles is not None:
            assert_array_equal(answers[f"{kind}_quantiles"], here.quantiles)
            assert_array_equal(answers[f"{kind}_levels"], here.levels)


def test_fit_many_gives_what_fit_gives(make_windows, context):
    class InTurn:
        def map_unordered(self, function, items):
            return map(function, items)

    jobs = [
        FitJob(str(seed), LSTM(hidden=4, epochs=1), make_windows(), None, replace(context, seed=seed))
        for seed in (1, 2)
    ]

    results = dict(LSTM.fit_many(jobs, InTurn()))

    for job in jobs:
        alone = job.forecaster.fit(job.train, job.validation, job.context)
        fitted = results[job.key]
        assert not isinstance(fitted, FitFailure)
        assert_array_equal(fitted.predict(job.train), alone.predict(job.train))


def test_a_list_of_layers_is_a_tuple_of_layers():
    assert StackedLSTM(layers=[30, 20]) == StackedLSTM(layers=(30, 20))
    assert StackedLSTM(layers=[30, 20]).label == "stacked_lstm(layers=(30, 20))"
    assert StackedLSTM(layers=[50, 50]).label == "stacked_lstm"
    assert LSTM(hidden=64, patience=5).params == {"hidden": 64, "patience": 5}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LSTM(hidden=0), "`hidden` of 'lstm' is 0"),
        (lambda: LSTM(hiddem=10), "no parameter `hiddem`. Did you mean 'hidden'"),
        (lambda: LSTM(dropout=1.0), "`dropout`"),
        (lambda: LSTM(optimizer="adamm"), "`optimizer`"),
        (lambda: LSTM(device="gpu"), "`device`"),
        (lambda: LSTM(epochs=0), "`epochs`"),
        (lambda: LSTM(learning_rate=0), "`learning_rate`"),
        (lambda: StackedLSTM(layers=[]), "`layers`"),
        (lambda: StackedLSTM(layers=[20, 0]), "`layers.1`"),
        (lambda: LSTM(dense=[25, 0]), "`dense.1`"),
        (lambda: LSTM(cell_activation="swish"), "`cell_activation`"),
        (lambda: LSTM(dense_activation="swish"), "`dense_activation`"),
        (lambda: LSTM(dense_activation="relu"), "no dense layer for it to follow; add `dense`"),
        (lambda: LSTM(members=0), "`members`"),
    ],
)
def test_wrong_parameters_are_named(make, message):
    with pytest.raises(ExperimentError, match=message):
        make()


def test_both_are_offered_and_described():
    assert workbench_lstm.workbench_forecasters() == [LSTM, StackedLSTM]
    assert workbench_lstm.__all__ == sorted(workbench_lstm.__all__)
    for cls in (LSTM, StackedLSTM):
        assert cls.scaled
        assert cls.summary().endswith(".")
        assert all(field.description for field in cls.model_fields.values())
