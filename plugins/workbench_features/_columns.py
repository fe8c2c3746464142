"""Reading columns of bars, and building answers on their index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench import DataError

if TYPE_CHECKING:
    import pandas as pd

    from workbench import Bars, FloatArray


def values_of(bars: Bars, column: str) -> FloatArray:
    """Return one column as float64; raise `DataError` when it is missing or holds no numbers."""
    if column not in bars.columns:
        raise DataError(f"the bars have no column {column!r}. They have {', '.join(map(str, bars.columns))}.")
    if bars[column].dtype.kind not in "fiub":
        raise DataError(
            f"the column {column!r} holds {bars[column].dtype} values; a feature needs numbers. "
            "Choose a numeric column."
        )
    return bars[column].to_numpy(dtype=np.float64)


def as_series(bars: Bars, values: FloatArray) -> pd.Series:
    """Return `values` on the index of `bars`."""
    import pandas as pd

    return pd.Series(values, index=bars.index)


def as_frame(bars: Bars, **columns: FloatArray) -> pd.DataFrame:
    """Return several columns on the index of `bars`."""
    import pandas as pd

    return pd.DataFrame(columns, index=bars.index)


def lagged(values: FloatArray, periods: int) -> FloatArray:
    """Return `values` moved down by `periods` rows; the first rows are NaN."""
    moved = np.full(len(values), np.nan)
    moved[periods:] = values[: len(values) - periods] if periods < len(values) else values[:0]
    return moved
