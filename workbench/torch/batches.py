"""Windows as tensors, gathered batch by batch; and the blocks that predictions are made in."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from workbench.contracts.arrays import IntArray
from workbench.contracts.windows import Windows

BLOCK = 32
"""Windows per forward pass of a prediction. Part of what a forecast's last bits depend on."""


class WindowTensors:
    """Training windows on a device. Only the feature rows are held, never a copy per window.

    Parameters
    ----------
    windows : Windows
        Of n origins, with `y`.
    device : str
    """

    def __init__(self, windows: Windows, device: str) -> None:
        self.values = torch.tensor(windows.values, dtype=torch.float32, device=device)  # (n_rows, F)
        self.y = torch.tensor(windows.targets, dtype=torch.float32, device=device)  # (n, horizon)
        self._ends = torch.tensor(windows.ends, dtype=torch.int64, device=device)  # (n,)
        self._steps = torch.arange(1 - windows.lookback, 1, device=device)  # (L,)

    def __len__(self) -> int:
        return len(self._ends)

    def batch(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Gather the windows and targets at `index` (B,): shapes (B, L, F) and (B, horizon)."""
        rows = self._ends[index, None] + self._steps  # (B, L)
        return self.values[rows], self.y[index]


def blocks(windows: Windows) -> Iterator[tuple[IntArray, Tensor, IntArray]]:
    """Lay out windows for prediction so that none is affected by the others.

    Matrix products round differently by the size of a batch and by the place in it. So every block has the
    same size, padded with zeros, and a window's place in it follows from its content alone.

    Yields
    ------
    index : ndarray of shape (b,)
        Windows in this block.
    block : Tensor of shape (BLOCK, L, F)
    places : ndarray of shape (b,)
        Where in the block they are.
    """
    places = _places(windows)
    for index in _without_clashes(places):
        block = torch.zeros(BLOCK, windows.lookback, windows.n_features)  # (BLOCK, L, F)
        block[places[index]] = torch.from_numpy(windows.batch(index))
        yield index, block, places[index]


def _places(windows: Windows) -> IntArray:
    values = np.ascontiguousarray(windows.values, dtype=np.float32)
    contents = (values[end + 1 - windows.lookback : end + 1] for end in windows.ends)
    return np.array([zlib.crc32(content.data) % BLOCK for content in contents], dtype=np.int64)


def _without_clashes(places: IntArray) -> Iterator[IntArray]:
    """Split windows into groups in which no two have one place: the k-th of each place form group k."""
    order = np.argsort(places, kind="stable")
    first_of_place = np.searchsorted(places[order], places[order])
    group = np.empty_like(places)
    group[order] = np.arange(len(places)) - first_of_place
    for k in range(int(group.max(initial=-1)) + 1):
        yield np.flatnonzero(group == k)
