"""Prices as traded, from prices that a vendor has divided by all splits up to today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

PER_SHARE = ("open", "high", "low", "close", "dividend", "capital_gain")
_SINGLE, _DOUBLE = 7, 12
"""Digits that survive a division by a split factor and back."""


class Split(NamedTuple):
    """So many new shares for each old one, from the opening of a day on."""

    day: date
    factor: float


def as_traded(bars: pd.DataFrame, splits: Sequence[Split], *, spans_days: bool) -> pd.DataFrame:
    """Undo splits in the rows before them, and mark those that fall into the rows.

    Parameters
    ----------
    bars : DataFrame
        Columns of `PER_SHARE` and `volume`, indexed by the time at the exchange, oldest first.
    splits : sequence of Split
        All up to now, also those after the last row.
    spans_days : bool
        Whether a bar is longer than a day, so that a split falls into the bar that began before it.

    Returns
    -------
    DataFrame
        With a column `split_factor`, 1 where there is none. A price is that of its day, or of the end of a longer bar.
        Prices are rounded to the digits that vendors give (seven where they count in single precision), so that the
        same price comes out whatever splits come later; volumes to whole shares.
    """
    import pandas as pd

    days = np.array(pd.DatetimeIndex(bars.index).date, dtype="datetime64[D]")
    later, here = np.ones(len(bars)), np.ones(len(bars))
    for split in splits:
        day = np.datetime64(split.day)
        row = int(np.searchsorted(days, day, "right")) - 1 if spans_days else int(np.searchsorted(days, day, "left"))
        if row < 0 or (row == 0 and day < days[0] and not spans_days):
            continue  # before all of them
        later[:row] *= split.factor
        if row < len(bars) and (not spans_days or _within(days, row, day)):
            here[row] *= split.factor
        elif spans_days:
            later[row:] *= split.factor
    columns: dict[str, Any] = {name: bars[name] * later for name in PER_SHARE if name in bars}
    digits = _digits(bars)
    changed = {name: _rounded(values.to_numpy(np.float64), digits) for name, values in columns.items()}
    return bars.assign(**changed, volume=np.round(bars["volume"] / later), split_factor=here)


def _within(days: np.ndarray[Any, Any], row: int, day: np.datetime64) -> bool:
    """Whether a day belongs to a bar of several days: always, but for the last, which ends some time."""
    if row < len(days) - 1:
        return True
    usual = np.median(np.diff(days).astype(int)) if len(days) > 1 else 31
    return bool((day - days[row]).astype(int) < max(usual, 7))


def _digits(bars: pd.DataFrame) -> int:
    prices = bars[[name for name in PER_SHARE[:4] if name in bars]].to_numpy(np.float64)
    known = prices[np.isfinite(prices)]
    return _SINGLE if np.array_equal(known.astype(np.float32).astype(np.float64), known) else _DOUBLE


def _rounded(values: np.ndarray[Any, Any], digits: int) -> np.ndarray[Any, Any]:
    """Round to significant digits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(values == 0, 0, np.floor(np.log10(np.abs(values))))
    places = digits - 1 - np.nan_to_num(scale).astype(int)
    return np.array([np.round(value, place) for value, place in zip(values, places.tolist(), strict=True)])
