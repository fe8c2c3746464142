"""The network: dilated causal convolutions and a linear head on the last bar."""

from __future__ import annotations

from torch import Tensor, nn


class TCNetwork(nn.Module):
    """Forecasts all steps from what the top layer says at the last bar of the window."""

    def __init__(self, n_features: int, channels: int, depth: int, kernel: int, dropout: float, horizon: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for level in range(depth):
            gap = 2**level
            layers += [
                nn.ConstantPad1d(((kernel - 1) * gap, 0), 0.0),  # on the left only: no bar sees a later one
                nn.Conv1d(channels if level else n_features, channels, kernel, dilation=gap),
                nn.ReLU(),
                nn.Dropout(dropout),
            ]
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(channels, horizon)

    def forward(self, windows: Tensor) -> Tensor:
        """Map windows (B, L, F) to forecasts (B, horizon)."""
        states = self.layers(windows.transpose(1, 2))  # (B, F, L) -> (B, C, L)
        forecast: Tensor = self.head(states[:, :, -1])  # (B, C) -> (B, horizon)
        return forecast
