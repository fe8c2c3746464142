"""From whatever a source answers to tidy bars."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval, infer_interval
from workbench.contracts.panel import BAR_COLUMNS
from workbench.contracts.repair import Repair, refuse_repairs, repairs_of
from workbench.data._labels import read_stamps, take_stamps
from workbench.data._mending import one_row_per_time, with_prices_of_the_close, with_times_in_order
from workbench.data._policies import CARRIED, apply_missing, cut
from workbench.data._shifted import find_shifted_days
from workbench.data.actions import apply_adjust
from workbench.data.sessions import known_by
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.calendars import Calendar

__all__ = ["CARRIED", "apply_adjust", "apply_missing", "cut", "read_labels", "tidy_bars"]

_ENOUGH_TO_TELL = 20
"""Bars from which the usual distance between them is trusted."""


def tidy_bars(
    raw: pd.DataFrame, symbol: str, interval: Interval, calendar: Calendar | None = None
) -> tuple[Bars, tuple[Repair, ...]]:
    """Bring the bars of one symbol into the one form that everything else relies on.

    Parameters
    ----------
    raw : DataFrame
        What `DataSource.fetch` returned; not changed.
    symbol : str
        For the messages.
    interval : Interval
        Length of a bar.
    calendar : Calendar, optional
        Says when bars are known whose source does not; by default the end of their date in UTC, or of the bar.

    Returns
    -------
    bars : DataFrame
        Columns `open high low close volume` as float64, `known_at` (UTC, without a zone) and whatever else
        the source gave, in snake case; oldest first, one row per time. The index `time` holds session dates
        for daily and longer bars (of stamps with a zone, the date in that zone), else stamps in UTC. Rows
        without a price are kept as NaN.
    repairs : tuple of Repair
        What was mended: by the source, then here (rows put in order, repeated rows kept once, prices taken from
        the close).

    Raises
    ------
    DataError
        No rows, no dates, no close, text or infinities among the numbers, two different rows for one time,
        bars of another length than `interval`, or days that would be labelled a day early. Or
        something would have to be mended, and the source was asked to be strict.
    """
    import pandas as pd

    stamps, frame = take_stamps(_renamed(raw, symbol))
    frame.attrs = {}  # what the frame carries is read off `raw`, and is no part of the bars
    if frame.empty:
        raise DataError(f"there are no bars of {symbol!r}.")
    _check_length(stamps.utc, symbol, interval)
    if (shifted := find_shifted_days(stamps, interval)) is not None:
        raise DataError(f"{symbol!r}: {shifted.detail} {shifted.advice}")
    labels = stamps.utc if interval.is_intraday else stamps.local.normalize()
    index = pd.DatetimeIndex(labels.to_numpy(), name="time")  # anew: a frequency would not outlive a gap
    priced, from_close = with_prices_of_the_close(_numeric(frame, symbol), symbol)
    ordered, sorted_ = with_times_in_order(_with_all_columns(priced).set_axis(index))
    bars, dropped = one_row_per_time(ordered, symbol)
    here = (*from_close, *sorted_, *dropped)
    try:
        refuse_repairs(raw, here)
    except DataError as err:
        raise DataError(f"{symbol!r}: {err}") from None
    return _with_known_at(bars, interval, calendar), (*repairs_of(raw), *here)


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


def _with_all_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the standard columns first; no volume stands for unknown."""
    if "volume" not in frame.columns:
        frame = frame.assign(volume=np.nan)
    return frame[[*BAR_COLUMNS, *(column for column in frame.columns if column not in BAR_COLUMNS)]]


def _with_known_at(bars: Bars, interval: Interval, calendar: Calendar | None) -> Bars:
    import pandas as pd

    if "known_at" in bars.columns:
        known = read_stamps(bars["known_at"], "the column 'known_at'").utc
    else:
        known = known_by(pd.DatetimeIndex(bars.index), interval, calendar)
    extras = [column for column in bars.columns if column not in (*BAR_COLUMNS, "known_at")]
    return bars.assign(known_at=known.to_numpy())[[*BAR_COLUMNS, "known_at", *extras]]
