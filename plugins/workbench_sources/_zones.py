"""Placing local stamps in their time zone, with the hour that happens twice and the one that never does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import DataError, Repair
from workbench_sources._repairs import at_times, counted

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd


_COLUMNS = ("timezone", "time_zone", "tz", "exchange_timezone", "exchange_timezone_name", "exchange_time_zone", "zone")


def zone_beside(moments: pd.DatetimeIndex, rows: pd.DataFrame, timezone: str | None) -> tuple[str | None, list[Repair]]:
    """Return the zone that a column of the table names, where stamps need one and the user gave none.

    Raises
    ------
    DataError
        The column names several.
    """
    if timezone is not None or moments.tz is not None or (moments == moments.normalize()).all():
        return timezone, []
    column = next((name for name in _COLUMNS if name in rows.columns), None)
    if column is None:
        return None, []
    zones = sorted({str(zone).strip() for zone in rows[column].dropna().unique()} - {""})
    if not zones or not all(map(_is_zone, zones)):
        return None, []
    if len(zones) > 1 or rows[column].isna().any():
        raise DataError(
            f"column {column!r} names several time zones ({', '.join(zones[:5])}) or none in some rows, and all stamps "
            "of a file must be in one. Write them with their offset or in UTC, or set `timezone` if it is wrong."
        )
    sentence = f"Stamps were taken to be in {zones[0]}, the time zone that the column {column!r} names."
    return zones[0], [Repair("time_zone", sentence, len(rows))]


def _is_zone(name: str) -> bool:
    """Whether a name is that of a place, or UTC; letters such as EST would leave out the summer time."""
    from zoneinfo import ZoneInfo

    if "/" not in name and name not in ("UTC", "GMT"):
        return False
    try:
        return bool(ZoneInfo(name).key)
    except (KeyError, ValueError, OSError):
        return False


def in_zone(
    moments: pd.DatetimeIndex, timezone: str | None, groups: npt.NDArray[np.intp] | None
) -> tuple[pd.DatetimeIndex, list[Repair]]:
    """Bring stamps to a zone; those that name none are in it. Dates without a time stay as they are.

    Parameters
    ----------
    moments : DatetimeIndex
        In the order of the file.
    timezone : str or None
    groups : ndarray of int or None
        Number of the symbol of each, where there are several.

    Raises
    ------
    DataError
        Nothing tells whether a stamp means the first or the second of an hour that happens twice.
    """
    if timezone is None or (moments == moments.normalize()).all():
        return moments, []
    if moments.tz is not None:
        return moments.tz_convert(timezone), []
    import pandas as pd

    gaps = moments.tz_localize(timezone, ambiguous=np.ones(len(moments), dtype=bool), nonexistent="NaT")
    never = np.asarray(gaps.isna())
    twice = np.asarray(moments.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT").isna()) & ~never
    summer = np.ones(len(moments), dtype=bool)
    repairs = []
    if twice.any():
        summer[twice] = _in_summer(moments, twice, groups, timezone)
        repairs.append(_said_twice(moments, twice, timezone))
    if never.any():
        repairs.append(_said_never(moments, never, timezone))
    return moments.tz_localize(timezone, ambiguous=summer, nonexistent=pd.Timedelta(hours=1)), repairs


def _in_summer(
    moments: pd.DatetimeIndex, twice: npt.NDArray[np.bool_], groups: npt.NDArray[np.intp] | None, timezone: str
) -> npt.NDArray[np.bool_]:
    """Tell, of the stamps that happen twice, which are the first: by order, symbol by symbol and night by night."""
    import pandas as pd

    backwards = len(moments) > 1 and moments[-1] < moments[0]
    rows = np.flatnonzero(twice)[::-1] if backwards else np.flatnonzero(twice)
    stamps = pd.DataFrame(
        {
            "stamp": moments[rows],
            "night": moments[rows].normalize(),
            "group": 0 if groups is None else groups[rows],
            "row": rows,
        }
    )
    summer = np.zeros(len(moments), dtype=bool)
    for _, part in stamps.groupby(["group", "night"], sort=False):
        first = _first_of_two(part["stamp"])
        if first is None:
            raise DataError(
                f"some stamps cannot be placed in the zone {timezone!r}: an hour happens twice at the end of summer "
                f"time, and nothing tells which one {part['stamp'].iloc[0]} means. Write the stamps with their offset "
                "or in UTC."
            )
        summer[part["row"].to_numpy()] = first
    return summer[twice]


def _first_of_two(stamps: pd.Series[Any]) -> npt.NDArray[np.bool_] | None:
    number = stamps.groupby(stamps).cumcount()
    counts = stamps.groupby(stamps).transform("count")
    if (counts == 2).all():
        return np.asarray(number == 0)
    back = (stamps.diff().dt.total_seconds() < 0).to_numpy()
    if back.sum() == 1 and (counts <= 2).all():
        return np.asarray(np.cumsum(back) == 0)
    return None


def _said_twice(moments: pd.DatetimeIndex, twice: npt.NDArray[np.bool_], timezone: str) -> Repair:
    n = int(twice.sum())
    sentence = (
        f"{counted(n, 'stamp')} in {timezone} fell into an hour that happens twice at the end of summer time: by their "
        "order the first were taken as summer time."
    )
    return at_times("repeated_hour", sentence, moments[twice][:5], n)


def _said_never(moments: pd.DatetimeIndex, never: npt.NDArray[np.bool_], timezone: str) -> Repair:
    n = int(never.sum())
    sentence = (
        f"{counted(n, 'stamp')} fell into an hour that does not exist in {timezone}, at the beginning of summer time: "
        "they were put an hour later. Perhaps the stamps are in another zone."
    )
    return at_times("nonexistent_hour", sentence, moments[never][:5], n)
