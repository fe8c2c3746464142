"""`fetch_data`: bring a series of the store up to date, and say what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.contracts.calling import calling
from workbench.contracts.intervals import Interval
from workbench.contracts.source import DataSource
from workbench.contracts.use import use
from workbench.data.bars import cut
from workbench.errors import DataError, RequestError
from workbench.plan.quick import read_source
from workbench.registry.registry import Registry
from workbench.runs.datasets import fetch_one, series_info
from workbench.runs.keeping import keep

if TYPE_CHECKING:
    from workbench.runs.records import RunStore


def fetch_data(
    data: str,
    registry: Registry,
    store: RunStore,
    *,
    start: str | None = None,
    end: str | None = None,
    interval: str | None = None,
    refresh: bool = False,
    params: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Bring the stored bars of `source:symbol` up to date.

    Returns
    -------
    dict
        `series`, `symbol`, `interval`; `asked`, the stretches that a remote source was asked for, and `requests`, how
        many; `received`, the bars among its answers; `rows`, `first` and `last` of what the store has now, and its
        `revision`.

    Raises
    ------
    RequestError
        `data` is not of the form `source:symbol`, a date is none, or the source has no such bars.
    """
    chosen, symbol = read_source(data)
    if symbol is None:
        raise RequestError(f"{data!r} is a file; `workbench data import` reads those. Name a vendor: yahoo:NFLX.")
    source = registry.create("source", use(chosen.name, **dict(params or {})), DataSource)
    length = str(Interval.parse(interval)) if interval is not None else _usual(source, symbol)
    _check_dates(start, end)
    info = series_info(source, symbol, length)
    if type(source).is_remote:
        kept = keep(source, info, store, start=start, end=end, refresh=refresh)
        asked, received = [list(stretch.dates) for stretch in kept.asked], kept.n_received
    else:
        asked, received = [[start, end]], _read_all(source, symbol, length, store, start, end)
    version, bars = store.newest(info.series)
    return {
        "series": info.series,
        "symbol": symbol,
        "interval": length,
        "asked": asked,
        "requests": len(asked),
        "received": received,
        "rows": len(bars),
        "first": bars.index[0],
        "last": bars.index[-1],
        "revision": version.revision,
    }


def _usual(source: DataSource, symbol: str) -> str:
    with calling(source, "intervals"):
        known = source.intervals(symbol)
    return str(Interval.parse(known[0])) if known else "1d"


def _check_dates(start: str | None, end: str | None) -> None:
    """Refuse dates that are none before anything is asked for."""
    import datetime

    for name, text in (("start", start), ("end", end)):
        try:
            datetime.date.fromisoformat(text or "2000-01-01")
        except ValueError:
            raise RequestError(f"`{name}` is {text!r}; expected an ISO date such as 2018-01-31.") from None
    if start is not None and end is not None and end < start:
        raise RequestError(f"`start` is {start} and `end` is {end}; `start` must not be after `end`.")


def _read_all(
    source: DataSource, symbol: str, interval: str, store: RunStore, start: str | None, end: str | None
) -> int:
    """Read a source that costs nothing, and keep what it gives."""
    fetched = fetch_one(source, symbol, (start, end), interval, None)
    bars = cut(fetched.bars, start, end, None)
    if bars.empty:
        raise DataError(f"{symbol!r} has no bars between {start or 'its start'} and {end or 'its end'}.")
    whole = start is None and end is None
    store.save_series(replace(fetched, bars=bars), str(type(source).name), interval, replace=whole or "span")
    return len(bars)
