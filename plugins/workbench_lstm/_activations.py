"""Squashing functions, by the names that Keras gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Activation:
    """An elementwise function y = f(x), and its slope f'(x), computed from y."""

    function: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]

    def __call__(self, values: Tensor) -> Tensor:
        """Apply the function."""
        return self.function(values)


ACTIVATIONS = {
    "linear": Activation(lambda x: x, torch.ones_like),
    "relu": Activation(torch.relu, lambda y: (y > 0).to(y.dtype)),
    "sigmoid": Activation(torch.sigmoid, lambda y: y * (1 - y)),
    "softsign": Activation(lambda x: x / x.abs().add_(1), lambda y: (1 - y.abs()) ** 2),
    "tanh": Activation(torch.tanh, lambda y: 1 - y**2),
}
