"""Quotes: the prices of bars, checked once and then quick to read one by one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench import Bars, DataError

_PRICES = ["open", "high", "low", "close"]


class Quote(NamedTuple):
    """Prices of one bar."""

    open: float
    high: float
    low: float
    close: float


def quotes_of(bars: Bars) -> list[Quote]:
    """Return the prices of one symbol's bars, oldest first.

    Raises
    ------
    DataError
        A price or a column is missing, there are no bars, or they are not one per time, oldest first.
    """
    missing = [c for c in _PRICES if c not in bars.columns]
    if missing:
        raise DataError(f"bars lack the columns {', '.join(missing)}; got {list(bars.columns)}.")
    if not len(bars) or not bars.index.is_unique or not bars.index.is_monotonic_increasing:
        raise DataError("bars must have at least one row, and one row per time, oldest first.")
    prices = bars[_PRICES].to_numpy(np.float64)
    complete = np.isfinite(prices).all(axis=1)
    if not complete.all():
        row = bars.index[int(np.argmin(complete))]
        raise DataError(f"the bar of {row} lacks a price; fill it or leave the bar out before trading.")
    return [Quote(*row) for row in prices.tolist()]
