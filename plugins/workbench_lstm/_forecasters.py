"""The forecasters `lstm` and `stacked_lstm`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo

from workbench.torch import TorchForecaster

if TYPE_CHECKING:
    from torch import nn

Units = Annotated[int, Field(ge=1)]
Activation = Literal["linear", "relu", "sigmoid", "softsign", "tanh"]

Dropout = Annotated[float, Field(ge=0, lt=1, description="share of each LSTM layer's outputs zeroed while training")]
CellActivation = Annotated[
    Activation, Field(description="what squashes candidates and outputs of the cells; the gates stay sigmoid")
]
Dense = Annotated[
    tuple[Units, ...], Field(description="units of each layer between the last state and the forecast, if any")
]


def _follows_a_layer(activation: str, info: ValidationInfo) -> str:
    if activation != "linear" and info.data.get("dense") == ():
        raise ValueError("there is no dense layer for it to follow; add `dense`, such as `dense = [25]`")
    return activation


DenseActivation = Annotated[
    Activation,
    AfterValidator(_follows_a_layer),
    Field(description="what follows each of the dense layers; needs `dense`"),
]


class LSTM(TorchForecaster, name="lstm"):
    """One LSTM layer and a linear head on its last state."""

    hidden: int = Field(50, ge=1, description="units of the layer")
    dropout: Dropout = 0.0
    cell_activation: CellActivation = "tanh"
    dense: Dense = ()
    dense_activation: DenseActivation = "linear"

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Four units, two epochs."""
        return cls(hidden=4, epochs=2)

    def build(self, n_features: int, horizon: int) -> nn.Module:
        """Return the network, with torch's own initial weights."""
        return _network(self, n_features, (self.hidden,), horizon)


class StackedLSTM(TorchForecaster, name="stacked_lstm"):
    """LSTM layers on top of each other, and a linear head on the last state."""

    layers: tuple[Units, ...] = Field((50, 50), min_length=1, description="units of each layer, the first one first")
    dropout: Dropout = 0.0
    cell_activation: CellActivation = "tanh"
    dense: Dense = ()
    dense_activation: DenseActivation = "linear"

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Two layers of three units, two epochs."""
        return cls(layers=(3, 3), epochs=2)

    def build(self, n_features: int, horizon: int) -> nn.Module:
        """Return the network, with torch's own initial weights."""
        return _network(self, n_features, self.layers, horizon)


def _network(settings: LSTM | StackedLSTM, n_features: int, layers: tuple[int, ...], n_outputs: int) -> nn.Module:
    from workbench_lstm._network import LSTMNetwork

    return LSTMNetwork(
        n_features,
        layers,
        settings.dropout,
        n_outputs,
        cell_activation=settings.cell_activation,
        dense=settings.dense,
        dense_activation=settings.dense_activation,
    )
