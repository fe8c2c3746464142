"""The forecasters `lstm` and `stacked_lstm`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field

from workbench.torch import TorchForecaster

if TYPE_CHECKING:
    from torch import nn


class LSTM(TorchForecaster, name="lstm"):
    """One LSTM layer and a linear head on its last state."""

    hidden: int = Field(50, ge=1, description="units of the layer")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of the layer's outputs zeroed while training")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Four units, two epochs."""
        return cls(hidden=4, epochs=2)

    def build(self, n_features: int, horizon: int) -> nn.Module:
        """Return the network, with torch's own initial weights."""
        from workbench_lstm._network import LSTMNetwork

        return LSTMNetwork(n_features, (self.hidden,), self.dropout, horizon)


class StackedLSTM(TorchForecaster, name="stacked_lstm"):
    """LSTM layers on top of each other, and a linear head on the last state."""

    layers: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (50, 50), min_length=1, description="units of each layer, the first one first"
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="share of each layer's outputs zeroed while training")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Two layers of three units, two epochs."""
        return cls(layers=(3, 3), epochs=2)

    def build(self, n_features: int, horizon: int) -> nn.Module:
        """Return the network, with torch's own initial weights."""
        from workbench_lstm._network import LSTMNetwork

        return LSTMNetwork(n_features, self.layers, self.dropout, horizon)
