"""The network: LSTM layers, and a head of linear ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from workbench_lstm._activations import ACTIVATIONS
from workbench_lstm._cell import WrittenOutLSTM


class LSTMNetwork(nn.Module):
    """Reads a window bar by bar and forecasts all steps from the state after its last bar.

    Parameters
    ----------
    n_features : int
        Columns of a window.
    layers : sequence of int
        Units of each LSTM layer, the first one first.
    dropout : float
        Share of each LSTM layer's outputs set to zero while training.
    n_outputs : int
        Numbers to return per window.
    cell_activation : str, default="tanh"
        What squashes candidates and outputs of the LSTM cells.
    dense : sequence of int, default=()
        Units of the layers between the last state and the outputs.
    dense_activation : str, default="linear"
        What follows each of them.
    """

    def __init__(
        self,
        n_features: int,
        layers: Sequence[int],
        dropout: float,
        n_outputs: int,
        *,
        cell_activation: str = "tanh",
        dense: Sequence[int] = (),
        dense_activation: str = "linear",
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            _lstm(wide, units, cell_activation) for wide, units in pairwise([n_features, *layers])
        )
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.ModuleList(nn.Linear(wide, units) for wide, units in pairwise([layers[-1], *dense]))
        self.activation = ACTIVATIONS[dense_activation]
        self.head = nn.Linear([*layers, *dense][-1], n_outputs)

    def forward(self, windows: Tensor) -> Tensor:
        """Map windows (B, L, F) to outputs (B, n_outputs)."""
        states = windows  # (B, L, F)
        for lstm in self.layers:
            states, _ = lstm(states)  # (B, L, H)
            states = self.dropout(states)
        last = states[:, -1]  # (B, H)
        for layer in self.dense:
            last = self.activation(layer(last))  # (B, D)
        outputs: Tensor = self.head(last)  # (B, H or D) -> (B, n_outputs)
        return outputs


def _lstm(n_inputs: int, units: int, activation: str) -> nn.Module:
    """Return torch's own layer where it will do: it is the faster one."""
    if activation == "tanh":
        return nn.LSTM(n_inputs, units, batch_first=True)
    return WrittenOutLSTM(n_inputs, units, activation)
