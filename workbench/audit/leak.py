"""Comparing what was said before and after the future changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-9
"""Largest difference that is rounding, as a share of the value and of its column's spread.

Features reach forecasters in single precision (6e-8), which a smaller leak cannot cross.
"""


@dataclass(frozen=True)
class Leak:
    """Something that changed although it was known before the change.

    Parameters
    ----------
    column : str
        Which column.
    row : int
        First row that changed, from 0.
    time : str
        Its label, with the symbol where there are several.
    how : str
        What had been done to later rows, such as `bars after 2020-01-03 were left out`.
    before, after : float
        The value with the true future, and with the changed one.
    """

    column: str
    row: int
    time: str
    how: str
    before: float
    after: float

    def __str__(self) -> str:
        return (
            f"`{self.column}` at {self.time} is {self.before:.10g}, but {self.after:.10g} when {self.how}: "
            f"it depends on what came later"
        )


def differs(
    before: FloatArray, after: FloatArray, scale: FloatArray | float, tolerance: float = TOLERANCE
) -> BoolArray:
    """Return where two arrays differ by more than rounding, or where only one is NaN.

    Parameters
    ----------
    before, after : ndarray of one shape
    scale : ndarray or float
        Spread of the values, broadcast against them.
    tolerance : float
        Largest difference that is rounding, as a share of `scale`; of the value it is always `TOLERANCE`.
    """
    with np.errstate(invalid="ignore"):
        allowed = TOLERANCE * np.maximum(np.abs(before), np.abs(after)) + tolerance * scale
        close = np.abs(before - after) <= allowed
    same = close | (before == after) | (np.isnan(before) & np.isnan(after))
    different: BoolArray = np.logical_not(same)
    return different


def spread(values: FloatArray) -> FloatArray:
    """Return the standard deviation of each column of finite values, of shape (n_columns,); 0 where there are none."""
    known = np.where(np.isfinite(values), values, np.nan)
    counts = np.isfinite(known).sum(axis=0)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        mean = np.nansum(known, axis=0) / counts
        wide = np.sqrt(np.nansum((known - mean) ** 2, axis=0) / counts)
    width: FloatArray = np.nan_to_num(wide, nan=0.0, posinf=0.0)
    return width


def earliest(first: Leak | None, second: Leak | None) -> Leak | None:
    """Return the leak of the earlier row."""
    if first is None or second is None:
        return first or second
    return second if second.row < first.row else first


def compare_rows(
    before: FloatArray,
    after: FloatArray,
    scale: FloatArray,
    columns: list[str],
    labels: pd.Index,
    how: str,
    where: str,
    tolerance: float = TOLERANCE,
) -> Leak | None:
    """Return the first row at which two tables differ, if there is one.

    Parameters
    ----------
    before, after : ndarray of shape (n, n_columns)
    scale : ndarray of shape (n_columns,)
    columns : list of str
    labels : Index of length n or more
        Time of each row.
    how : str
        See `Leak`.
    where : str
        The symbol, or an empty text where there is only one.
    tolerance : float
        See `differs`.
    """
    different = differs(before, after, scale, tolerance)
    if not different.any():
        return None
    row = int(different.any(axis=1).argmax())
    column = int(different[row].argmax())
    time = f"{where} {labels[row]}".strip().removesuffix(" 00:00:00")
    return Leak(columns[column], row, time, how, float(before[row, column]), float(after[row, column]))


def moment_text(moment: np.datetime64) -> str:
    """Return a moment as reasons show it, such as `2020-01-03` or `2020-01-03 14:30:00`."""
    return str(moment.astype("datetime64[s]")).replace("T00:00:00", "").replace("T", " ")
