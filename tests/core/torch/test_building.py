"""What `build` is told, and what its module has to give."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from workbench import PluginError
from workbench.torch import TorchForecaster
from workbench.torch.building import build_module
from workbench.torch.fitted import Inputs


class Positions(nn.Module):
    """A linear map with a learnt number for each row of the window."""

    def __init__(self, n_features: int, horizon: int, lookback: int) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.zeros(lookback, n_features))
        self.head = nn.Linear(n_features, horizon)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        return self.head((windows + self.positions)[:, -1])  # (B, L, F) -> (B, horizon)


class Placed(TorchForecaster, name="toy_placed"):
    """Knows how long a window is."""

    def build(self, n_features, horizon, lookback):
        return Positions(n_features, horizon, lookback)


@pytest.mark.parametrize("lookback", [1, 33])
def test_a_build_that_asks_for_the_lookback_is_told(lookback):
    module = build_module(Placed(), Inputs(2, 3, lookback, ("a", "b")))

    assert module.positions.shape == (lookback, 2)


def test_a_build_of_other_parameters_is_refused_when_the_class_is_made():
    with pytest.raises(PluginError, match=r"Odd\.build takes \(n_features, horizon, depth\); expected \(n_features, h"):

        class Odd(TorchForecaster, name="toy_odd"):
            def build(self, n_features, horizon, depth):
                return nn.Linear(n_features, horizon)


def test_a_module_of_another_shape_is_refused_with_both_shapes():
    class Wide(TorchForecaster, name="toy_wide"):
        def build(self, n_features, horizon):
            return nn.Sequential(nn.Flatten(), nn.LazyLinear(horizon + 1))

    with pytest.raises(PluginError, match=r"maps windows of shape \(2, 4, 1\) to \(2, 3\); expected \(2, 2\)"):
        build_module(Wide(), Inputs(1, 2, 4, ("a",)))
