"""The LSTM layer that is written out: with tanh it is torch's own, with others the derivative is the right one."""

from __future__ import annotations

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from workbench_lstm._activations import ACTIVATIONS
from workbench_lstm._cell import WrittenOutLSTM


def both(n_inputs: int, units: int, seed: int = 3) -> tuple[nn.LSTM, WrittenOutLSTM]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torchs = nn.LSTM(n_inputs, units, batch_first=True)
        torch.manual_seed(seed)
        return torchs, WrittenOutLSTM(n_inputs, units, "tanh")


def test_parameters_have_the_names_the_layout_and_the_initial_values_of_torchs_own():
    torchs, ours = both(3, 5)

    assert list(ours.state_dict()) == list(torchs.state_dict())
    for name, value in torchs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value), name


@pytest.mark.parametrize(("n_inputs", "units", "length"), [(1, 1, 1), (3, 5, 11), (2, 30, 40)])
def test_with_tanh_states_and_derivatives_are_those_of_torchs_own(n_inputs, units, length):
    torchs, ours = both(n_inputs, units)
    windows = torch.randn(7, length, n_inputs, generator=torch.Generator().manual_seed(1))
    weights = torch.randn(7, length, units, generator=torch.Generator().manual_seed(2))
    results = []

    for layer in (torchs, ours):
        inputs = windows.clone().requires_grad_()
        states, _ = layer(inputs)
        (states * weights).mean().backward()
        results.append([states.detach(), inputs.grad, *(p.grad for p in layer.parameters())])

    for expected, got in zip(*results, strict=True):
        assert_allclose(got, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_derivatives_are_those_of_finite_differences(activation):
    torch.manual_seed(4)
    layer = WrittenOutLSTM(2, 3, activation).double()
    windows = torch.randn(4, 5, 2, dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(lambda x, *weights: layer(x)[0], (windows, *layer.parameters()))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_slopes_are_those_of_the_functions(activation):
    x = torch.linspace(-3, 3, 40, dtype=torch.float64, requires_grad=True)  # without 0, where relu has a corner
    y = ACTIVATIONS[activation](x)

    (slope,) = torch.autograd.grad(y.sum(), x)

    assert_allclose(ACTIVATIONS[activation].slope(y.detach()), slope, rtol=1e-12)


def test_nothing_is_recorded_when_forecasting():
    _, layer = both(2, 4)

    with torch.inference_mode():
        states, last = layer(torch.zeros(3, 6, 2))

    assert states.shape == (3, 6, 4)
    assert torch.equal(states[:, -1], last)
    assert not states.requires_grad
