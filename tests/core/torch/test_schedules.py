"""The learning rate of every epoch is that of the formula, and the training that of a plain loop with these rates."""

from __future__ import annotations

import math

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from workbench import ExperimentError
from workbench.torch import TorchForecaster
from workbench.torch.schedules import make_schedule

RATE = 0.02


class Linear(TorchForecaster, name="schedule_linear"):
    """One linear map."""

    def build(self, n_features, horizon):
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(horizon))


def rates(losses: list[float], **params) -> list[float]:
    """Return the rate of each epoch, given the losses after them."""
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([weight], lr=RATE)
    schedule = make_schedule(Linear(epochs=len(losses), learning_rate=RATE, **params), optimizer)
    found = []
    for loss in losses:
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule(loss)
    return found


FALLING = [1 / e for e in range(1, 13)]


def test_constant_stays():
    assert rates(FALLING) == [RATE] * 12


def test_cosine_falls_from_the_full_rate_to_almost_nothing_over_all_epochs():
    expected = [RATE * (1 + math.cos(math.pi * (e - 1) / 12)) / 2 for e in range(1, 13)]

    assert_allclose(rates(FALLING, schedule="cosine"), expected, rtol=1e-9)


def test_step_falls_every_so_many_epochs():
    found = rates(FALLING, schedule="step", schedule_epochs=5, schedule_factor=0.3)

    assert_allclose(found, [RATE] * 5 + [RATE * 0.3] * 5 + [RATE * 0.09] * 2, rtol=1e-9)


def test_plateau_falls_after_so_many_epochs_without_a_new_low():
    #         low           no low      low       no low            still none
    losses = [1.0, 0.8, 0.8, 0.9, 0.85, 0.7, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75]

    found = rates(losses, schedule="plateau", schedule_epochs=3, schedule_factor=0.5)

    assert_allclose(found, [RATE] * 5 + [RATE / 2] * 4 + [RATE / 4] * 3, rtol=1e-9)


def test_plateau_does_not_fall_while_the_loss_does():
    assert rates(FALLING, schedule="plateau", schedule_epochs=1) == [RATE] * 12


@pytest.mark.parametrize(
    ("params", "rate_of"),
    [
        ({"schedule": "cosine"}, lambda e: RATE * (1 + math.cos(math.pi * (e - 1) / 8)) / 2),
        ({"schedule": "step", "schedule_epochs": 2}, lambda e: RATE * 0.1 ** ((e - 1) // 2)),
    ],
)
def test_training_is_that_of_a_plain_loop_with_these_rates(make_windows, context, curve, params, rate_of):
    windows = make_windows()
    x, y = torch.from_numpy(windows.batch()), torch.tensor(windows.y, dtype=torch.float32)

    Linear(epochs=8, learning_rate=RATE, **params).fit(windows, None, context)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        module = Linear().build(2, 2)
        module(x[:1])
    optimizer = torch.optim.Adam(module.parameters())
    order, expected = torch.Generator().manual_seed(context.seed), []
    for epoch in range(1, 9):
        optimizer.param_groups[0]["lr"] = rate_of(epoch)
        total = 0.0
        for part in torch.randperm(len(x), generator=order).split(32):
            loss = nn.functional.mse_loss(module(x[part]), y[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(part)
        expected.append(total / len(x))
    assert_allclose(curve.train, expected, rtol=2e-6)


def test_plateau_watches_the_validation_loss_and_without_one_the_training_loss(make_windows, context, curve):
    settings = Linear(epochs=60, learning_rate=0.3, schedule="plateau", schedule_epochs=2)
    held_out = make_windows(n=20, seed=4)
    held_out.y[:] = held_out.y[::-1].copy()  # what is learnt makes it worse

    settings.fit(make_windows(), None, context)
    settings.fit(make_windows(), held_out, context)

    by_training, by_validation = curve.train[:60], curve.train[60:]
    same = next(i for i in range(60) if by_training[i] != by_validation[i])
    lows = [min(curve.validation[60 : 60 + i + 1]) for i in range(60)]
    first_fall = next(i for i in range(2, 60) if lows[i] == lows[i - 2])
    assert same == first_fall + 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"schedule": "cosinus"}, "`schedule`"),
        ({"schedule_epochs": 0}, "`schedule_epochs`"),
        ({"schedule_factor": 1.0}, "`schedule_factor`"),
    ],
)
def test_wrong_schedules_are_named(params, message):
    with pytest.raises(ExperimentError, match=message):
        Linear(**params)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("params", [{"schedule_epochs": 3}, {"schedule_factor": 0.5}], ids=str)
def test_what_a_schedule_does_not_read_is_refused(schedule, params):
    (name,) = params
    with pytest.raises(ExperimentError, match=rf'`{name}` of .*: `schedule = "{schedule}"` does not read it'):
        Linear(schedule=schedule, **params)

    assert Linear(schedule=schedule, schedule_epochs=10, schedule_factor=0.1) == Linear(schedule=schedule)
