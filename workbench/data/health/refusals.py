"""Series that cannot be made into bars at all, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.contracts.intervals import Interval, infer_interval
from workbench.data._labels import Stamps, take_stamps
from workbench.data._shifted import find_shifted_days
from workbench.data.health.inspected import SHOWN, iso
from workbench.data.health.records import UNTREATED, Problem, SeriesHealth, problem
from workbench.data.health.sessions import WEEKDAYS
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def refused_series(raw: pd.DataFrame | None, symbol: str, interval: Interval | str, reason: DataError) -> SeriesHealth:
    """Make the health sheet of a series that `tidy_bars` refused.

    Parameters
    ----------
    raw : DataFrame or None
        What the source answered, if it did.
    symbol : str
    interval : Interval or str
    reason : DataError
        Why it was refused.
    """
    length = Interval.parse(interval) if isinstance(interval, str) else interval
    stamps = _stamps(raw)
    first = last = None
    if stamps is not None:
        local = stamps.local if length.is_intraday else stamps.local.normalize()
        first, last = iso(local.min(), length), iso(local.max(), length)
    return SeriesHealth(
        symbol=symbol,
        rows=0 if raw is None else _n_priced(raw),
        first=first,
        last=last,
        interval=str(length),
        n_missing=0,
        calendar=WEEKDAYS,
        calendar_is_stated=False,
        timezone="UTC",
        periods_per_year=None,
        treatment=UNTREATED,
        repairs=(),
        problems=(_problem(stamps, length, reason),),
    )


def _stamps(raw: pd.DataFrame | None) -> Stamps | None:
    if raw is None or raw.empty:
        return None
    try:
        return take_stamps(raw.set_axis([str(column).strip().lower() for column in raw.columns], axis=1))[0]
    except DataError:
        return None


def _n_priced(raw: pd.DataFrame) -> int:
    names = {str(column).strip().lower(): column for column in raw.columns}
    column = names.get("close", names.get("price"))
    return len(raw) if column is None else int(raw[column].notna().sum())


def _problem(stamps: Stamps | None, interval: Interval, reason: DataError) -> Problem:
    if stamps is not None:
        found = _other_interval(stamps, interval) or _shifted_days(stamps, interval) or _conflicting(stamps, interval)
        if found is not None:
            return found
    return problem("unreadable", str(reason), "Correct what the message names, or leave this symbol out.")


def _other_interval(stamps: Stamps, interval: Interval) -> Problem | None:
    try:
        found = infer_interval(stamps.utc.unique().sort_values())
    except DataError:
        return None
    if 0.5 < found.seconds / interval.seconds < 2:
        return None
    return problem(
        "other_interval",
        f"The interval is {interval}, but bars are usually {found} apart.",
        f'Set `interval = "{found}"` (`--interval {found}`).',
    )


def _shifted_days(stamps: Stamps, interval: Interval) -> Problem | None:
    found = find_shifted_days(stamps, interval)
    if found is None:
        return None
    return problem("shifted_days", found.detail, found.advice, rows=found.n_bars, at=(found.first,))


def _conflicting(stamps: Stamps, interval: Interval) -> Problem | None:
    labels = stamps.utc if interval.is_intraday else stamps.local.normalize()
    clashing = labels[labels.duplicated()].unique().sort_values()
    if not len(clashing):
        return None
    how_often = "once" if len(clashing) == 1 else f"{len(clashing)} times"
    return problem(
        "conflicting_duplicates",
        f"Different rows for one time, {how_often}; nobody can say which is right.",
        "Keep one row of each in the file. If it holds several symbols, name the column that tells them apart: "
        "`--set symbol_column=...`.",
        rows=int(labels.duplicated(keep=False).sum()),
        at=tuple(iso(label, interval) for label in clashing[:SHOWN]),
    )
