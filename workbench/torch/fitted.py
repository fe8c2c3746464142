"""`FittedTorchForecaster`: a trained module that predicts, travels and can be saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.contracts.forecaster import FittedForecaster
from workbench.contracts.prediction import Prediction
from workbench.contracts.windows import Windows
from workbench.errors import DataError
from workbench.torch.outputs import levels_of

if TYPE_CHECKING:
    from torch import nn

    from workbench.torch.forecaster import TorchForecaster


@dataclass(frozen=True)
class Inputs:
    """What a module was built for."""

    n_features: int
    horizon: int
    lookback: int
    feature_names: tuple[str, ...]


class FittedTorchForecaster(FittedForecaster):
    """A trained module, or several whose forecasts are averaged.

    It predicts on the CPU with one thread, whatever it was trained on, so the forecast of a window is a
    function of the weights and that window alone, to the last bit.

    Parameters
    ----------
    forecaster : TorchForecaster
        What was fitted.
    inputs : Inputs
        What the module takes and gives.
    *modules : Module
        Members, on the CPU; at least one.
    """

    def __init__(self, forecaster: TorchForecaster, inputs: Inputs, *modules: nn.Module) -> None:
        self.forecaster = forecaster
        self.inputs = inputs
        self.modules = modules

    @property
    def module(self) -> nn.Module:
        """The first member, which is the only one unless `members` says otherwise."""
        return self.modules[0]

    def predict(self, windows: Windows) -> Prediction | FloatArray:
        """Forecast from each window; see `FittedForecaster.predict`.

        Returns
        -------
        ndarray of shape (n, horizon), or Prediction
            A Prediction, with quantiles at `levels`, where the loss is `quantile` or `gaussian`.

        Raises
        ------
        DataError
            The windows are not of the features and the lookback that the module was trained on.
        """
        import torch

        from workbench.torch.batches import blocks
        from workbench.torch.losses import make_loss
        from workbench.torch.scope import borrowed_torch

        self._check(windows)
        loss = make_loss(self.forecaster)
        forecasts = np.empty((len(windows), self.inputs.horizon, 1 + loss.n_quantiles))
        with borrowed_torch(), torch.inference_mode():
            for module in self.modules:
                module.eval()
            for index, block, places in blocks(windows):
                outputs = [module(block) for module in self.modules]  # (BLOCK, L, F) -> (BLOCK, horizon * k) each
                members = torch.stack([loss.forecast(each).double() for each in outputs])  # (M, BLOCK, horizon, 1 + q)
                forecasts[index] = members.mean(dim=0).numpy()[places]  # (b, horizon, 1 + q)
        point = np.ascontiguousarray(forecasts[:, :, 0])
        if not loss.n_quantiles:
            return point
        return Prediction(point, np.array(levels_of(self.forecaster)), forecasts[:, :, 1:].copy())

    def _check(self, windows: Windows) -> None:
        got = (windows.lookback, windows.feature_names)
        expected = (self.inputs.lookback, self.inputs.feature_names)
        if got != expected:
            raise DataError(
                f"{self.forecaster.label} was trained on lookback {expected[0]} and the features "
                f"{', '.join(expected[1])}, but the windows have lookback {got[0]} and the features "
                f"{', '.join(got[1])}."
            )

    def save(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into `folder`; `model_2.safetensors` and so on of more members.

        Raises
        ------
        NotSaveable
            The forecaster's class cannot be imported by name, or the module keeps more than tensors.
        """
        from workbench.torch.saving import save

        save(self, folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        The forecaster's class is imported by the name in `config.json` and must be a `TorchForecaster`.

        Raises
        ------
        StoreError
            The folder holds no such model, or its parts do not fit together.
        """
        from workbench.torch.saving import load

        forecaster, inputs, modules = load(folder)
        return cls(forecaster, inputs, *modules)

    def __reduce__(self) -> tuple[Any, ...]:
        # Weights, not the module: its class may be local to `build`, where pickle cannot find it.
        from workbench.torch.saving import pack_weights

        return _unpack, (type(self), self.forecaster, self.inputs, [pack_weights(module) for module in self.modules])


def _unpack(
    cls: type[FittedTorchForecaster], forecaster: TorchForecaster, inputs: Inputs, weights: list[bytes]
) -> FittedTorchForecaster:
    from workbench.torch.saving import unpack_module

    return cls(forecaster, inputs, *(unpack_module(forecaster, inputs, each) for each in weights))
