"""Forecasts of many symbols side by side, each where it is known and no earlier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workbench import FloatArray, Forecasts, Panel

Times: TypeAlias = npt.NDArray[np.datetime64]
_LONG_AGO = np.datetime64(np.iinfo(np.int64).min + 1, "ns")


@dataclass(frozen=True, eq=False)
class Newest:
    """The newest forecast of every symbol at every moment, and when it was made.

    Parameters
    ----------
    moments : ndarray of shape (n_moments,), datetime64
        Increasing.
    expected : ndarray of shape (n_moments, n_symbols)
        What is expected of each symbol, carried on until its next forecast.
    made : ndarray of shape (n_moments, n_symbols), int64
        Row of the moment at which it was made; -1 before the first.
    """

    moments: Times
    expected: FloatArray
    made: npt.NDArray[np.int64]

    @classmethod
    def of(cls, symbols: npt.NDArray[np.object_], moments: Times, expected: FloatArray) -> Newest:
        """Lay forecasts out by moment and symbol; all arrays are of shape (n_forecasts,)."""
        column_of = {symbol: column for column, symbol in enumerate(dict.fromkeys(symbols))}
        columns = np.array([column_of[symbol] for symbol in symbols], dtype=np.int64)
        times, rows = np.unique(moments, return_inverse=True)
        table = np.full((len(times), len(column_of)), np.nan)
        table[rows, columns] = expected
        made = np.full(table.shape, -1)
        made[rows, columns] = rows
        made = np.maximum.accumulate(made, axis=0)
        return cls(times, np.take_along_axis(table, np.maximum(made, 0), axis=0), made)

    def rivals(self, before: Times, moments: Times) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """Return what is expected of every symbol at some moments, but for forecasts that were made by `before`.

        Parameters
        ----------
        before, moments : ndarray of shape (n,), datetime64

        Returns
        -------
        expected : ndarray of shape (n_distinct, n_symbols)
            One row for all that share a moment and `before`. NaN where there is no such forecast.
        whose : ndarray of shape (n,), int64
            Its row for each of the moments.
        """
        rows = np.searchsorted(self.moments, moments)
        oldest = np.searchsorted(self.moments, before, side="right")
        pairs, whose = np.unique(rows * (len(self.moments) + 1) + oldest, return_inverse=True)
        row, first = np.divmod(pairs, len(self.moments) + 1)
        return np.where(self.made[row] >= first[:, None], self.expected[row], np.nan), whose


def known_at(forecasts: Forecasts, panel: Panel) -> tuple[Times, Times]:
    """Return when the bar of each origin became known, and when the bar before it did.

    Returns
    -------
    moments, before : ndarray of shape (n_forecasts,), datetime64
        `before` is long ago where the origin is the first bar.
    """
    moments = np.empty(len(forecasts), dtype="datetime64[ns]")
    before = np.empty_like(moments)
    origins = forecasts["origin"].to_numpy()
    for symbol, mine in forecasts.groupby("symbol").indices.items():
        bars = panel[str(symbol)]
        known = bars["known_at"].to_numpy().astype("datetime64[ns]")
        rows = bars.index.searchsorted(origins[mine])
        moments[mine] = known[rows]
        before[mine] = np.concatenate([[_LONG_AGO], known])[rows]
    return moments, before
