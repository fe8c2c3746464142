"""Saying what was mended: small helpers for sentences and rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import Repair

if TYPE_CHECKING:
    import numpy.typing as npt

_SHOWN = 5
"""Rows that a repair names."""


def counted(n: int, what: str) -> str:
    """Return `1 row` or `2 rows`."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def was(n: int) -> str:
    """Return the verb for so many."""
    return "was" if n == 1 else "were"


def at_rows(kind: str, detail: str, touched: npt.NDArray[np.bool_]) -> Repair:
    """Make a repair of the rows marked in `touched`; they are named by their number, from 1."""
    rows = np.flatnonzero(touched)
    return Repair(kind, detail, len(rows), tuple(f"row {row + 1}" for row in rows[:_SHOWN]))


def at_times(kind: str, detail: str, times: Iterable[Any], n_rows: int) -> Repair:
    """Make a repair of rows with these times, of which the first few are named."""
    import pandas as pd

    named = [str(pd.Timestamp(moment)).removesuffix(" 00:00:00") for moment in list(times)[:_SHOWN]]
    return Repair(kind, detail, n_rows, tuple(named))
