"""Names for the arrays and frames that cross module borders."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

FloatArray: TypeAlias = npt.NDArray[np.float64]
Float32Array: TypeAlias = npt.NDArray[np.float32]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
TimeArray: TypeAlias = npt.NDArray[np.datetime64]
TextArray: TypeAlias = npt.NDArray[np.object_]

Bars: TypeAlias = "pd.DataFrame"
"""Bars of one symbol, oldest first: columns open, high, low, close, volume, known_at and extras."""

Forecasts: TypeAlias = "pd.DataFrame"
"""A forecast frame: one row per model, symbol, seed, fold, origin and step."""
