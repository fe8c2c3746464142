"""The network: one or more LSTM layers and a linear head."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class LSTMNetwork(nn.Module):
    """Reads a window bar by bar and forecasts all steps from the state after its last bar.

    Parameters
    ----------
    n_features : int
        Columns of a window.
    layers : sequence of int
        Units of each LSTM layer, the first one first.
    dropout : float
        Share of each layer's outputs set to zero while training.
    horizon : int
        Steps to forecast.
    """

    def __init__(self, n_features: int, layers: Sequence[int], dropout: float, horizon: int) -> None:
        super().__init__()
        sizes = [n_features, *layers]
        self.layers = nn.ModuleList(nn.LSTM(wide, units, batch_first=True) for wide, units in pairwise(sizes))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(sizes[-1], horizon)

    def forward(self, windows: Tensor) -> Tensor:
        """Map windows (B, L, F) to forecasts (B, horizon)."""
        states = windows  # (B, L, F)
        for lstm in self.layers:
            states, _ = lstm(states)  # (B, L, H)
            states = self.dropout(states)
        forecast: Tensor = self.head(states[:, -1])  # (B, H) -> (B, horizon)
        return forecast
