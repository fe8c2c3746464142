"""`Windows`: what a forecaster is fitted on and predicts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from workbench.contracts.arrays import Float32Array, FloatArray, IntArray, TextArray, TimeArray


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of features that end at forecast origins, gathered on demand and never copied.

    Window `i` is `values[ends[i] - lookback + 1 : ends[i] + 1]`: all rows of one symbol, the last of them
    known at `origins[i]`. No row after the last origin of the block is present.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features), float32
        Feature rows, symbol after symbol, oldest first.
    ends : ndarray of shape (n,), int64
        Row of each origin.
    lookback : int
        Rows one forecast may see.
    horizon : int
        Bars ahead that are forecast.
    feature_names : tuple of str
        Names of the columns of `values`.
    symbols : ndarray of shape (n,), object
        Symbol of each origin.
    origins : ndarray of shape (n,), datetime64
        Label of each origin's bar: session date, or UTC stamp for intraday bars.
    last_price : ndarray of shape (n,), float64
        Close at each origin, in price.
    y : ndarray of shape (n, horizon), float64, or None
        Target of each origin in target units, `y[:, k - 1]` for step `k`. None when predicting.
    first_rows : mapping of str to int
        Row at which each symbol starts in `values`.
    realised : mapping of str to ndarray
        One-step target realised at each row of a symbol (known at that row), aligned with its rows.
    """

    values: Float32Array
    ends: IntArray
    lookback: int
    horizon: int
    feature_names: tuple[str, ...]
    symbols: TextArray
    origins: TimeArray
    last_price: FloatArray
    y: FloatArray | None = None
    first_rows: Mapping[str, int] = field(default_factory=dict)
    realised: Mapping[str, FloatArray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def n_features(self) -> int:
        """Number of feature columns."""
        return int(self.values.shape[1])

    @property
    def targets(self) -> FloatArray:
        """`y`, for code that trains; raises `ValueError` when the windows are for prediction."""
        if self.y is None:
            raise ValueError("these windows are for prediction: they have no targets.")
        return self.y

    def batch(self, index: IntArray | slice | None = None) -> Float32Array:
        """Gather windows.

        Parameters
        ----------
        index : ndarray of int or slice, optional
            Which origins; all of them by default.

        Returns
        -------
        ndarray of shape (b, lookback, n_features), float32
        """
        ends = self.ends if index is None else self.ends[index]
        rows = ends[:, None] + np.arange(1 - self.lookback, 1)
        gathered: Float32Array = self.values[rows]
        return gathered

    def history(self, i: int) -> FloatArray:
        """Realised one-step target series of origin `i`'s symbol, up to and including that origin.

        For return targets the first value is NaN (nothing precedes the first bar).

        Returns
        -------
        ndarray of shape (rows up to the origin,), float64
        """
        symbol = str(self.symbols[i])
        return self.realised[symbol][: self.ends[i] - self.first_rows[symbol] + 1]

    def subset(self, index: IntArray) -> Windows:
        """The same block with some of its origins; rows after the last of them stay visible."""
        return replace(
            self,
            ends=self.ends[index],
            symbols=self.symbols[index],
            origins=self.origins[index],
            last_price=self.last_price[index],
            y=None if self.y is None else self.y[index],
        )
