"""A temporal convolution as a forecaster; importing this is cheap, `build` imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field
from workbench.torch import TorchForecaster

if TYPE_CHECKING:
    from torch import nn


class TCN(TorchForecaster, name="tcn"):
    """A temporal convolution: causal layers, each looking twice as far back as the one below."""

    channels: int = Field(16, ge=1, description="channels of each layer")
    depth: int = Field(3, ge=1, le=10, description="layers")
    kernel: int = Field(3, ge=2, description="bars that a filter of the first layer spans")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of each layer's outputs zeroed while training")

    def build(self, n_features: int, horizon: int) -> nn.Module:
        """Return the network, with torch's own initial weights."""
        from workbench_tcn._network import TCNetwork

        return TCNetwork(n_features, self.channels, self.depth, self.kernel, self.dropout, horizon)
