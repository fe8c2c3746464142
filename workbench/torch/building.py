"""From a forecaster to a module that is ready: weights of lazy layers made, shapes checked."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.errors import PluginError

if TYPE_CHECKING:
    from workbench.torch.fitted import Inputs
    from workbench.torch.forecaster import TorchForecaster


def _build(forecaster: TorchForecaster, inputs: Inputs) -> nn.Module:
    """Call `build`, with the lookback if it asks for it."""
    asked = inspect.signature(forecaster.build).parameters
    more = {"lookback": inputs.lookback} if "lookback" in asked else {}
    return forecaster.build(inputs.n_features, inputs.horizon, **more)


def build_module(forecaster: TorchForecaster, inputs: Inputs) -> nn.Module:
    """Build a module on the CPU and try it on two windows of zeros, in evaluation mode.

    Raises
    ------
    PluginError
        The module does not return one forecast per window and step. Unchecked, the loss would broadcast it.
    """
    module = _build(forecaster, inputs).eval()
    with torch.no_grad():
        forecast = module(torch.zeros(2, inputs.lookback, inputs.n_features))  # (2, L, F) -> (2, horizon)
    if forecast.shape != (2, inputs.horizon):
        raise PluginError(
            f"the module that {type(forecaster).__name__}.build returned maps windows of shape "
            f"(2, {inputs.lookback}, {inputs.n_features}) to {tuple(forecast.shape)}; "
            f"expected (2, {inputs.horizon}), one forecast per window and step."
        )
    return module
