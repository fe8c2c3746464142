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
from workbench.torch.outputs import outputs_per_step
from workbench.torch.scope import borrowed_torch

if TYPE_CHECKING:
    from workbench.torch.forecaster import TorchForecaster

FORMAT = 2
"""Format 1 was of one module with one number per step, and said so nowhere."""
_CONFIG = "config.json"


def _weights_file(folder: Path, member: int) -> Path:
    return folder / ("model.safetensors" if member == 0 else f"model_{member + 1}.safetensors")


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
        "members": len(fitted.modules),
        "outputs_per_step": outputs_per_step(fitted.forecaster),
        **asdict(fitted.inputs),
    }
    for member, module in enumerate(fitted.modules):
        _weights_file(folder, member).write_bytes(pack_weights(module))
    (folder / _CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[TorchForecaster, Inputs, list[nn.Module]]:
    """Read what `save` wrote: forecaster, inputs and modules; see `FittedTorchForecaster.load`."""
    from workbench.torch.forecaster import TorchForecaster

    try:
        config = {"members": 1, "outputs_per_step": 1, **json.loads((folder / _CONFIG).read_text(encoding="utf-8"))}
        weights = [_weights_file(folder, member).read_bytes() for member in range(int(config["members"]))]
    except (OSError, ValueError, TypeError) as err:
        raise StoreError(f"{folder} holds no saved torch forecaster: {err}.") from err
    if config.get("format") not in (1, FORMAT):
        raise StoreError(
            f"the model in {folder} has format {config.get('format')!r}; this version reads 1 to {FORMAT}. "
            f"Update Workbench, or fit the model again."
        )
    forecaster = remake_plugin({"class": config["forecaster"], "params": config["params"]}, TorchForecaster)
    _check_outputs(forecaster, config["outputs_per_step"])
    inputs = Inputs(config["n_features"], config["horizon"], config["lookback"], tuple(config["feature_names"]))
    return forecaster, inputs, [unpack_module(forecaster, inputs, each) for each in weights]


def _check_outputs(forecaster: TorchForecaster, saved: int) -> None:
    """Refuse a model whose numbers would be taken for others."""
    now = outputs_per_step(forecaster)
    if now != saved:
        raise StoreError(
            f"the stored weights of {forecaster.label} give {saved} numbers per step, and its loss "
            f"{forecaster.loss!r} reads {now}. Its code has changed since; fit it again."
        )
