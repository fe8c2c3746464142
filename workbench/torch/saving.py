"""Weights as safetensors, everything else as JSON; never a pickle."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import safetensors
import safetensors.torch
from torch import Tensor, nn

from workbench.contracts.remaking import describe_plugin, remake_plugin
from workbench.errors import NotSaveable, StoreError
from workbench.torch.building import build_module
from workbench.torch.fitted import FittedTorchForecaster, Inputs
from workbench.torch.scope import borrowed_torch

if TYPE_CHECKING:
    from workbench.torch.forecaster import TorchForecaster

FORMAT = 1
_WEIGHTS, _CONFIG = "model.safetensors", "config.json"


def pack_weights(module: nn.Module) -> bytes:
    """Return the state of `module`, in the safetensors format.

    Raises
    ------
    NotSaveable
        The state holds something that is no tensor.
    """
    state = module.state_dict()
    other = [name for name, value in state.items() if not isinstance(value, Tensor)]
    if other:
        raise NotSaveable(f"the module keeps state that is no tensor ({', '.join(other)}); only tensors are stored.")
    # copies, because safetensors refuses weights that share memory (tied ones)
    return safetensors.torch.save({name: value.detach().clone().contiguous() for name, value in state.items()})


def unpack_module(forecaster: TorchForecaster, inputs: Inputs, weights: bytes) -> nn.Module:
    """Build the module of `forecaster` anew and give it `weights`.

    Raises
    ------
    StoreError
        The weights are damaged, or are not those of such a module.
    """
    try:
        state = safetensors.torch.load(weights)
        with borrowed_torch():
            module = build_module(forecaster, inputs)
            module.load_state_dict(state)
    except (safetensors.SafetensorError, RuntimeError) as err:
        raise StoreError(
            f"the stored weights of {forecaster.label} do not fit the module it builds now ({err}). They are "
            f"damaged, or its code has changed since; fit it again."
        ) from err
    return module


def save(fitted: FittedTorchForecaster, folder: Path) -> None:
    """Write `fitted` into `folder`; see `FittedTorchForecaster.save`."""
    described = describe_plugin(fitted.forecaster)
    config = {
        "format": FORMAT,
        "forecaster": described["class"],
        "params": described["params"],
        **asdict(fitted.inputs),
    }
    (folder / _WEIGHTS).write_bytes(pack_weights(fitted.module))
    (folder / _CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[TorchForecaster, Inputs, nn.Module]:
    """Read what `save` wrote: forecaster, inputs and module; see `FittedTorchForecaster.load`."""
    from workbench.torch.forecaster import TorchForecaster

    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        weights = (folder / _WEIGHTS).read_bytes()
    except (OSError, ValueError) as err:
        raise StoreError(f"{folder} holds no saved torch forecaster: {err}.") from err
    if config.get("format") != FORMAT:
        raise StoreError(
            f"the model in {folder} has format {config.get('format')!r}; this version reads {FORMAT}. "
            f"Update Workbench, or fit the model again."
        )
    forecaster = remake_plugin({"class": config["forecaster"], "params": config["params"]}, TorchForecaster)
    inputs = Inputs(config["n_features"], config["horizon"], config["lookback"], tuple(config["feature_names"]))
    return forecaster, inputs, unpack_module(forecaster, inputs, weights)
