"""Reading bars, and looking ahead in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench import Bars, FloatArray


def column(bars: Bars, name: str) -> FloatArray:
    """Return a column of the bars as float64, of shape (n_bars,)."""
    return bars[name].to_numpy(dtype=np.float64)


def ahead(values: FloatArray, horizon: int) -> FloatArray:
    """Return, for steps 1 to `horizon`, the value so many bars later, of shape (n_bars, horizon).

    NaN where there is no such bar yet.
    """
    beyond = np.concatenate([values, np.full(horizon, np.nan)])
    return np.lib.stride_tricks.sliding_window_view(beyond, horizon)[1:].copy()
