"""Keeping what remote sources gave: what was fetched once stays in the store, and only what is missing is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval
from workbench.contracts.repair import Repair, repairs_of
from workbench.contracts.source import DataSource, ask_source, no_bars
from workbench.data.bars import cut, tidy_bars
from workbench.errors import DataError, WorkbenchWarning
from workbench.runs.stretches import Stretch, missing, settled, settled_until, wanted
from workbench_store import DataVersion, Fetch, SeriesInfo

if TYPE_CHECKING:
    from workbench.runs.records import RunStore


def utc_now() -> pd.Timestamp:
    """Return the present moment in UTC, without a zone."""
    return pd.Timestamp.now("UTC").tz_localize(None).as_unit("us")


@dataclass(frozen=True, eq=False)
class Kept:
    """A series of a remote source as the store has it, once what was missing has been asked for.

    Parameters
    ----------
    bars : DataFrame
        All bars of the series, tidy.
    version : DataVersion
    repairs : tuple of Repair
    asked : tuple of Stretch
        What the source was asked for; nothing where everything was there.
    n_received : int
        Complete bars among its answers.
    """

    bars: Bars
    version: DataVersion
    repairs: tuple[Repair, ...]
    asked: tuple[Stretch, ...]
    n_received: int


def keep(
    source: DataSource,
    info: SeriesInfo,
    store: RunStore,
    *,
    start: str | None = None,
    end: str | None = None,
    refresh: bool = False,
) -> Kept:
    """Bring the stored bars of a series up to date, asking its source for what is missing between two dates.

    Bars that are not complete yet are neither kept nor taken for settled. In a stretch that was asked for the source is
    right; stored bars outside it stay as they are. Each answer is written in one transaction with what it settles.

    Parameters
    ----------
    source : DataSource
        A remote one.
    info : SeriesInfo
    store : RunStore
    start, end : str, optional
        ISO dates, both included; from the beginning, and up to now, by default.
    refresh : bool, default=False
        Ask for everything, also for what is there.

    Raises
    ------
    DataError
        The source could not answer, or there are no bars at all.
    """
    now = utc_now()
    interval = Interval.parse(info.interval)
    whole = wanted(start, end, interval, now)
    there = [] if refresh else settled(store.fetches(info.series), interval, now)
    gaps = [] if whole is None else missing(whole, there, interval)
    n_received = sum(_fetch_into(source, info, store, gap, now) for gap in gaps)
    if not store.has_series(info.series):
        raise no_bars(source, info.symbol, info.interval)
    version, bars = store.newest(info.series)
    return Kept(bars, version, store.repairs(info.series), tuple(gaps), n_received)


def _fetch_into(source: DataSource, info: SeriesInfo, store: RunStore, asked: Stretch, now: pd.Timestamp) -> int:
    """Ask for one stretch and keep the answer; return how many complete bars it held."""
    interval = Interval.parse(info.interval)
    before = store.newest(info.series)[1] if store.has_series(info.series) else None
    bars = _ask(source, info, before, asked, now)
    if bars is None and before is None:  # nothing to keep, and nothing to hang the answer on
        return 0
    labels = [frame.index[-1] for frame in (before, bars) if frame is not None]
    fetch = Fetch(
        info.series,
        now.to_pydatetime(),
        _moment(asked.sessions[0]),
        _moment(settled_until(asked, max(labels), interval, now)),
        asked.last.to_pydatetime(),
        0 if bars is None else len(bars),
        0,
    )
    if bars is not None and before is not None and before.index[0] < bars.index[0]:
        _note_adjusted(info.symbol, bars)
    known = store.repairs(info.series)
    store.keep(info, bars, asked.sessions, fetch, _merged(known, () if bars is None else repairs_of(bars)))
    return fetch.n_rows


def _ask(source: DataSource, info: SeriesInfo, before: Bars | None, asked: Stretch, now: pd.Timestamp) -> Bars | None:
    """Return the complete bars of a stretch; None where there are none."""
    start, end = asked.dates
    try:
        raw = ask_source(source, info.symbol, start, end, info.interval)
    except DataError as err:
        if before is None:
            raise
        raise DataError(
            f"{err} The store has bars of {info.symbol!r} up to {before.index[-1].date()}; with `end` set to that day "
            f"they can be used without asking."
        ) from err
    if raw is None:
        return None
    tidy, repairs = tidy_bars(raw, info.symbol, Interval.parse(info.interval))
    bars = cut(tidy, start, end, None)
    bars = bars[bars["known_at"].to_numpy() <= now.to_datetime64()]
    bars.attrs = {"repairs": repairs}
    return None if bars.empty else bars


def _moment(label: pd.Timestamp | None) -> datetime | None:
    return None if label is None else label.to_pydatetime()


def _note_adjusted(symbol: str, bars: Bars) -> None:
    """Say that adjusted closes kept earlier are of before a split or a dividend that has come since."""
    if "adj_close" not in bars.columns:
        return
    actions = np.zeros(len(bars), dtype=bool)
    for column, nothing in (("split_factor", 1.0), ("dividend", 0.0)):
        if column in bars.columns:
            actions |= bars[column].fillna(nothing).to_numpy() != nothing
    if actions.any():
        warnings.warn(
            f"{symbol}: a split or a dividend on {bars.index[actions][0].date()} changes the adjusted closes of all "
            f"earlier bars, and those in the store are as they were. `workbench data fetch ... --refresh` asks for all "
            f"of them again.",
            WorkbenchWarning,
            stacklevel=2,
        )


def _merged(known: Sequence[Repair], new: Sequence[Repair]) -> list[dict[str, object]]:
    """Put repairs of new bars behind those of the stored ones; one that says the same is told once."""
    latest = {(repair.kind, repair.detail): repair for repair in (*known, *new)}
    return [asdict(repair) for repair in latest.values()]
