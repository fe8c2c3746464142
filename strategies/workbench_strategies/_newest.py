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
    symbols : list of str
    moments : ndarray of shape (n_moments,), datetime64
        Increasing.
    expected : ndarray of shape (n_moments, n_symbols)
        What is expected of each symbol, carried on until its next forecast.
    made : ndarray of shape (n_moments, n_symbols), int64
        Row of the moment at which it was made; -1 before the first.
    """

    symbols: list[str]
    moments: Times
    expected: FloatArray
    made: npt.NDArray[np.int64]

    @classmethod
    def of(cls, symbols: npt.NDArray[np.object_], moments: Times, expected: FloatArray) -> Newest:
        """Lay forecasts out by moment and symbol; all arrays are of shape (n_forecasts,)."""
        names, columns = np.unique(symbols.astype(str), return_inverse=True)
        times, rows = np.unique(moments, return_inverse=True)
        table = np.full((len(times), len(names)), np.nan)
        table[rows, columns] = expected
        made = np.full(table.shape, -1)
        made[rows, columns] = rows
        made = np.maximum.accumulate(made, axis=0)
        return cls(names.tolist(), times, np.take_along_axis(table, np.maximum(made, 0), axis=0), made)

    def since(self, before: Times, moments: Times) -> FloatArray:
        """Return what is expected of every symbol at some moments, of shape (len(moments), n_symbols).

        NaN of forecasts that were made by `before`, and where there is none yet.
        """
        rows = np.searchsorted(self.moments, moments)
        oldest = np.searchsorted(self.moments, before, side="right")
        return np.where(self.made[rows] >= oldest[:, None], self.expected[rows], np.nan)


def known_at(forecasts: Forecasts, panel: Panel) -> Times:
    """Return when the bar of each origin became known, of shape (n_forecasts,)."""
    known = np.empty(len(forecasts), dtype="datetime64[ns]")
    symbols, origins = forecasts["symbol"].to_numpy(), forecasts["origin"].to_numpy()
    for symbol in dict.fromkeys(symbols):
        mine = np.flatnonzero(symbols == symbol)
        bars = panel[symbol]
        known[mine] = bars["known_at"].to_numpy()[bars.index.searchsorted(origins[mine])]
    return known


def known_before(panel: Panel, symbol: str, moments: Times) -> Times:
    """Return when the bar before became known, for bars of a symbol known at `moments`; long ago for the first."""
    known = panel[symbol]["known_at"].to_numpy().astype("datetime64[ns]")
    return np.concatenate([[_LONG_AGO], known])[np.searchsorted(known, moments)]
