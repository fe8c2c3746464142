"""From whatever a source answers to tidy bars."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval, infer_interval
from workbench.contracts.panel import BAR_COLUMNS, PRICE_COLUMNS
from workbench.data._labels import read_stamps, take_stamps
from workbench.data._policies import CARRIED, apply_missing, cut
from workbench.data.actions import apply_adjust
from workbench.errors import DataError, WorkbenchWarning

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CARRIED", "apply_adjust", "apply_missing", "cut", "read_labels", "tidy_bars"]

_ENOUGH_TO_TELL = 20
"""Bars from which the usual distance between them is trusted."""


def tidy_bars(raw: pd.DataFrame, symbol: str, interval: Interval) -> Bars:
    """Bring the bars of one symbol into the one form that everything else relies on.

    Parameters
    ----------
    raw : DataFrame
        What `DataSource.fetch` returned; not changed.
    symbol : str
        For the messages.
    interval : Interval
        Length of a bar.

    Returns
    -------
    DataFrame
        Columns `open high low close volume` as float64, `known_at` (UTC, without a zone) and whatever else
        the source gave, in snake case; oldest first, one row per time. The index `time` holds session dates
        for daily and longer bars (of stamps with a zone, the date in that zone), else stamps in UTC. Rows
        without a price are kept as NaN.

    Raises
    ------
    DataError
        No rows, no dates, no close, text or infinities among the numbers, two different rows for one time, or
        bars of another length than `interval`.

    Warns
    -----
    WorkbenchWarning
        Identical rows were dropped, or there is a close only and the other prices are taken from it.
    """
    import pandas as pd

    stamps, frame = take_stamps(_renamed(raw, symbol))
    if frame.empty:
        raise DataError(f"there are no bars of {symbol!r}.")
    _check_length(stamps.utc, symbol, interval)
    labels = stamps.utc if interval.is_intraday else stamps.local.normalize()
    index = pd.DatetimeIndex(labels.to_numpy(), name="time")  # anew: a frequency would not outlive a gap
    bars = _with_all_columns(_numeric(frame, symbol), symbol).set_axis(index)
    bars = _one_row_per_time(bars.sort_index(kind="stable"), symbol)
    return _with_known_at(bars, interval)


def read_labels(raw: pd.DataFrame) -> pd.DatetimeIndex:
    """Return the times of a source's bars before their interval is known, oldest first, each once.

    Dates where all are midnights as written, else stamps in UTC without a zone.

    Raises
    ------
    DataError
        There are none, or they cannot be read.
    """
    stamps, _ = take_stamps(_renamed(raw, "the series"))
    return (stamps.local if stamps.are_dates else stamps.utc).unique().sort_values()


def _renamed(raw: pd.DataFrame, symbol: str) -> pd.DataFrame:
    """Return `raw` with columns in snake case; `Price` is the close where there is no other."""
    if raw.columns.nlevels > 1:
        raise DataError(
            f"the columns of {symbol!r} have {raw.columns.nlevels} levels, such as {raw.columns[0]!r}; "
            "hand in one row of names, one symbol at a time."
        )
    names = [_snake_case(str(column)) for column in raw.columns]
    if "close" not in names:
        names = ["close" if name == "price" else name for name in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{symbol!r} has more than one column called {', '.join(twice)}: {list(raw.columns)}.")
    return raw.set_axis(names, axis=1)


def _snake_case(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[\s\-./]+", "_", words).lower()


def _check_length(stamps: pd.DatetimeIndex, symbol: str, interval: Interval) -> None:
    """Refuse bars of another length: a bar would be taken as known before it is complete, or long after."""
    stamps = stamps.unique().sort_values()
    if len(stamps) < _ENOUGH_TO_TELL:
        return
    try:
        found = infer_interval(stamps)
    except DataError:  # irregular bars have no length to compare
        return
    if not 0.5 < found.seconds / interval.seconds < 2:
        raise DataError(
            f"`interval` is {str(interval)!r}, but the bars of {symbol!r} are usually {found} apart. "
            f'Set `interval = "{found}"`.'
        )


def _numeric(frame: pd.DataFrame, symbol: str) -> pd.DataFrame:
    present = [column for column in BAR_COLUMNS if column in frame.columns]
    return frame.assign(**{column: _as_float(frame[column], column, symbol) for column in present})


def _as_float(values: pd.Series[Any], column: str, symbol: str) -> pd.Series[float]:
    import pandas as pd

    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    bad = ((numbers.isna() & values.notna()) | np.isinf(numbers)).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"column {column!r} of {symbol!r} has {str(values.iloc[row])!r} in row {row + 1}, which is no finite "
            f"number ({int(bad.sum())} such rows). Correct it, or leave it empty where it is not known."
        )
    return numbers


def _with_all_columns(frame: pd.DataFrame, symbol: str) -> pd.DataFrame:
    """Put the standard columns first; take missing prices from the close, and no volume for unknown."""
    lacking = [column for column in PRICE_COLUMNS if column not in frame.columns]
    if "close" in lacking or len(lacking) in (1, 2):
        raise DataError(
            f"the bars of {symbol!r} lack {', '.join(lacking)}; the columns are {', '.join(frame.columns)}. "
            "Bars need open, high, low and close, or a close (or price) alone."
        )
    if lacking:
        warnings.warn(
            f"{symbol!r} has closes only: open, high and low are taken from them. Features that read the range "
            "of a bar see none, and orders fill at the next close.",
            WorkbenchWarning,
            stacklevel=3,
        )
        frame = frame.assign(**{column: frame["close"] for column in lacking})
    if "volume" not in frame.columns:
        frame = frame.assign(volume=np.nan)
    return frame[[*BAR_COLUMNS, *(column for column in frame.columns if column not in BAR_COLUMNS)]]


def _one_row_per_time(bars: Bars, symbol: str) -> Bars:
    repeated = bars.assign(_time=bars.index).duplicated().to_numpy()
    if repeated.any():
        warnings.warn(
            f"{symbol!r} repeats {int(repeated.sum())} rows exactly, the first on {bars.index[repeated][0]}; "
            "each was kept once.",
            WorkbenchWarning,
            stacklevel=3,
        )
        bars = bars[~repeated]
    clashing = bars.index[bars.index.duplicated()].unique()
    if len(clashing):
        dates = ", ".join(str(moment) for moment in clashing[:3]) + (", ..." if len(clashing) > 3 else "")
        raise DataError(
            f"{symbol!r} has different rows for one time, {len(clashing)} times: {dates}. Keep one of each. "
            "If the file holds several symbols, name the column that tells them apart."
        )
    return bars


def _with_known_at(bars: Bars, interval: Interval) -> Bars:
    import pandas as pd

    if "known_at" in bars.columns:
        known = read_stamps(bars["known_at"], "the column 'known_at'").utc
    else:
        known = interval.known_at(pd.DatetimeIndex(bars.index)).as_unit("ns")
    extras = [column for column in bars.columns if column not in (*BAR_COLUMNS, "known_at")]
    return bars.assign(known_at=known.to_numpy())[[*BAR_COLUMNS, "known_at", *extras]]
