"""Recursive averages, seeded as TA-Lib and R's TTR seed them.

A missing value ends a recursion: each unbroken run of numbers is smoothed on its own, so what follows a gap
goes through the warm-up again instead of pretending that nothing changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench import FloatArray


def ema(values: FloatArray, window: int) -> FloatArray:
    """Exponential average with factor 2 / (window + 1), seeded with the mean of the first `window` values."""
    return _smooth(values, window, 2.0 / (window + 1.0))


def wilder(values: FloatArray, window: int) -> FloatArray:
    """Wilder's average, `((window - 1) * previous + new) / window`, seeded with the first mean."""
    return _smooth(values, window, 1.0 / window)


def wilder_sum(values: FloatArray, window: int) -> FloatArray:
    """Wilder's running sum, `previous - previous / window + new`.

    It starts from the sum of the first `window - 1` values, as in TA-Lib and TTR; the first value given is
    the one after that. (Wilder's own worksheet starts one bar later; the two converge.)
    """
    out = np.full(len(values), np.nan)
    for run in _runs(values):
        first = run.start + window - 1
        if first < run.stop:
            seed = values[run.start : first].sum()
            out[first : run.stop] = _recursion(values[first : run.stop], seed, 1.0 - 1.0 / window, 1.0)
    return out


def _smooth(values: FloatArray, window: int, factor: float) -> FloatArray:
    out = np.full(len(values), np.nan)
    for run in _runs(values):
        first = run.start + window - 1
        if first < run.stop:
            out[first] = values[run.start : first + 1].mean()
            rest = values[first + 1 : run.stop]
            out[first + 1 : run.stop] = _recursion(rest, out[first], 1.0 - factor, factor)
    return out


def _recursion(values: FloatArray, start: float, keep: float, take: float) -> FloatArray:
    """Solve `y[t] = keep * y[t - 1] + take * values[t]` with `y[-1] = start`."""
    from scipy.signal import lfilter

    if not len(values):  # lfilter refuses empty input
        return values
    solved: FloatArray = lfilter([take], [1.0, -keep], values, zi=[keep * start])[0]
    return solved


def _runs(values: FloatArray) -> Iterator[slice]:
    """Slices of the unbroken runs of finite values, first to last."""
    finite = np.concatenate([[False], np.isfinite(values), [False]])
    edges = np.flatnonzero(finite[1:] != finite[:-1])
    for start, stop in edges.reshape(-1, 2):
        yield slice(int(start), int(stop))
