"""From a forecaster to a module that is ready: weights of lazy layers made, shapes checked."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.errors import PluginError
from workbench.torch.outputs import outputs_per_step

if TYPE_CHECKING:
    from workbench.torch.fitted import Inputs
    from workbench.torch.forecaster import TorchForecaster


def _build(forecaster: TorchForecaster, inputs: Inputs, n_outputs: int) -> nn.Module:
    """Call `build`, with the lookback if it asks for it."""
    asked = inspect.signature(forecaster.build).parameters
    more = {"lookback": inputs.lookback} if "lookback" in asked else {}
    return forecaster.build(inputs.n_features, n_outputs, **more)


def build_module(forecaster: TorchForecaster, inputs: Inputs) -> nn.Module:
    """Build a module on the CPU and try it on two windows of zeros, in evaluation mode.

    Raises
    ------
    PluginError
        The module does not return all numbers of a forecast for each window. Unchecked, the loss would broadcast it.
    """
    k = outputs_per_step(forecaster)
    n_outputs = inputs.horizon * k
    module = _build(forecaster, inputs, n_outputs).eval()
    with torch.no_grad():
        outputs = module(torch.zeros(2, inputs.lookback, inputs.n_features))  # (2, L, F) -> (2, horizon * k)
    if outputs.shape != (2, n_outputs):
        each = "one forecast per window and step" if k == 1 else f"{k} numbers per window and step for its loss"
        raise PluginError(
            f"the module that {type(forecaster).__name__}.build returned maps windows of shape "
            f"(2, {inputs.lookback}, {inputs.n_features}) to {tuple(outputs.shape)}; "
            f"expected (2, {n_outputs}), {each}."
        )
    return module
