"""What is mended in the bars of any source, each with the repair that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import Bars
from workbench.contracts.panel import PRICE_COLUMNS
from workbench.contracts.repair import Repair
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 5
"""Rows that a repair names."""
_OF_SUMMER_TIME = (
    " If the stamps are local times, an hour happens twice there, at the end of summer time: say which zone they are "
    "in with `timezone`, such as 'Europe/Berlin'."
)


def with_prices_of_the_close(frame: pd.DataFrame, symbol: str) -> tuple[pd.DataFrame, list[Repair]]:
    """Take open, high and low from the close where there is nothing but a close.

    Raises
    ------
    DataError
        There is no close, or some of the other prices are there and some are not.
    """
    lacking = [column for column in PRICE_COLUMNS if column not in frame.columns]
    if "close" in lacking or len(lacking) in (1, 2):
        raise DataError(
            f"the bars of {symbol!r} lack {', '.join(lacking)}; the columns are {', '.join(frame.columns)}. "
            "Bars need open, high, low and close, or a close (or price) alone."
        )
    if not lacking:
        return frame, []
    sentence = (
        "There are closes only: open, high and low are taken from them. Features that read the range of a bar see "
        "none, and orders fill at the next close."
    )
    filled = frame.assign(**{column: frame["close"] for column in lacking})
    return filled, [Repair("close_only", sentence, len(frame))]


def with_times_in_order(bars: Bars) -> tuple[Bars, list[Repair]]:
    """Put rows oldest first; rows of one time stay as they were."""
    if bars.index.is_monotonic_increasing:
        return bars, []
    times = bars.index.to_numpy()
    if bars.index.is_monotonic_decreasing:
        sentence, rows, at = "The newest row came first: the order was turned round.", len(bars), times
        return bars.sort_index(kind="stable"), [Repair("newest_first", sentence, rows, _shown(at))]
    late = times < np.maximum.accumulate(times)
    sentence = f"{_count(int(late.sum()), 'row')} came after later ones: all were put in the order of time."
    return bars.sort_index(kind="stable"), [Repair("out_of_order", sentence, int(late.sum()), _shown(times[late]))]


def one_row_per_time(bars: Bars, symbol: str) -> tuple[Bars, list[Repair]]:
    """Keep one of identical rows.

    Raises
    ------
    DataError
        Rows of one time differ.
    """
    again = bars.index.duplicated(keep=False)
    if not again.any():
        return bars, []
    repeated = np.zeros(len(bars), dtype=bool)
    repeated[again] = bars[again].assign(_time=bars.index[again]).duplicated().to_numpy()
    kept = bars[~repeated]
    clashing = kept.index[kept.index.duplicated()].unique()
    if len(clashing):
        dates = ", ".join(str(moment) for moment in clashing[:3]) + (", ..." if len(clashing) > 3 else "")
        how_often = "once" if len(clashing) == 1 else f"{len(clashing)} times"
        raise DataError(
            f"{symbol!r} has different rows for one time, {how_often}: {dates}. Keep one of each. "
            "If the file holds several symbols, name the column that tells them apart."
            + (_OF_SUMMER_TIME if _are_hours_that_happen_twice(clashing) else "")
        )
    times = bars.index.to_numpy()[repeated]
    sentence = f"{_count(len(times), 'row')} repeated another exactly: each was kept once."
    return kept, [Repair("duplicates", sentence, len(times), _shown(times))]


def _are_hours_that_happen_twice(clashing: pd.Index[Any]) -> bool:
    """Whether stamps lie within one hour of a Sunday in autumn, north or south, or of several such days."""
    import pandas as pd

    stamps = pd.DatetimeIndex(clashing)
    days = stamps.normalize()
    if (stamps == days).all() or not (stamps.day_of_week == 6).all() or not stamps.month.isin([3, 4, 9, 10, 11]).all():
        return False
    per_day = pd.Series(stamps).groupby(days)
    return bool((per_day.max() - per_day.min() < pd.Timedelta(hours=1)).all())


def _shown(times: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> tuple[str, ...]:
    import pandas as pd

    return tuple(str(pd.Timestamp(moment)).removesuffix(" 00:00:00") for moment in times[:_SHOWN])


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
