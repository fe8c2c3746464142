"""Fetching the bars an experiment asks for, and making the panel it sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import Panel
from workbench.contracts.repair import Repair
from workbench.contracts.source import DataSource, call_source, listed_symbols, location_of
from workbench.data.bars import apply_adjust, apply_missing, cut, tidy_bars
from workbench.data.calendars import Calendar
from workbench.data.resampling import outside_sessions, resample_bars
from workbench.data.sessions import session_dates, with_known_at
from workbench.errors import DataError, did_you_mean
from workbench.plan.context import Context
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved, fingerprint
from workbench.runs.keeping import keep
from workbench_store import DataVersion, SeriesInfo

if TYPE_CHECKING:
    from workbench.runs.records import RunStore


@dataclass(frozen=True, eq=False)
class FetchedSeries:
    """Bars of one symbol as the source gave them, tidied but not yet cut, filled or adjusted.

    `repairs` say what had to be mended in them; of bars that come from the store, that was said when they came there.
    `context` is what the experiment calls a series whose features stand beside those of its symbols.
    `kept` names them in the store where they are there already, as those of remote sources are.
    """

    series: str
    symbol: str
    location: str | None
    bars: Bars
    repairs: tuple[Repair, ...] = ()
    context: str | None = None
    kept: DataVersion | None = None


def fetch_series(resolved: Resolved, store: RunStore | None = None) -> list[FetchedSeries]:
    """Fetch every symbol of the experiment.

    Parameters
    ----------
    resolved : Resolved
    store : RunStore, optional
        Where bars of remote sources are kept, so that they are asked for what is missing only; without it they are
        asked for everything.

    Raises
    ------
    DataError
        The source lacks a symbol, or its answer is no series of bars.
    PluginError
        The source raised something else.
    """
    asked, source = resolved.experiment, resolved.source
    assert source is not None, "an experiment that is to be fetched is resolved with its source"
    check_symbols(source, asked.symbols)
    return [_fetch_member(source, symbol, asked, store) for symbol in asked.symbols]


def _fetch_member(source: DataSource, symbol: str, asked: Experiment, store: RunStore | None) -> FetchedSeries:
    try:
        return fetch_one(source, symbol, _dates_to_ask(asked, symbol), asked.interval, store)
    except DataError as err:
        if asked.universe is None:
            raise
        raise DataError(
            f"{err} {symbol!r} is a member of the universe. Get its bars from elsewhere if you can: without members "
            "that failed, results look better than they were. To do without it all the same, give `symbols`."
        ) from err


def _dates_to_ask(asked: Experiment, symbol: str) -> tuple[str | None, str | None]:
    return dates_to_ask(asked.start, asked.end, asked.interval, asked.calendar_of(symbol))


def check_symbols(source: DataSource, symbols: tuple[str, ...]) -> None:
    """Refuse symbols that a source does not list; where it cannot list any, nothing is known.

    A remote source is not asked for its list: the bars may all be in the store.

    Raises
    ------
    DataError
        It lists others.
    """
    listed = [] if type(source).is_remote else listed_symbols(source)
    for symbol in symbols:
        if listed and symbol not in listed:
            shown = ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
            raise DataError(
                f"source {source.label!r} has no symbol {symbol!r}.{did_you_mean(symbol, listed)} It has {shown}."
            )


def fetch_one(
    source: DataSource,
    symbol: str,
    dates: tuple[str | None, str | None],
    interval: str,
    store: RunStore | None,
    *,
    context: str | None = None,
) -> FetchedSeries:
    """Fetch and tidy one series, whether it is forecast or, named `context`, stands beside those that are."""
    info = series_info(source, symbol, interval)
    if store is not None and type(source).is_remote:
        start, end = dates
        kept = keep(source, info, store, start=start, end=end)
        return FetchedSeries(info.series, symbol, info.location, kept.bars, kept.repairs, context, kept.version)
    bars, repairs = tidy_bars(call_source(source, symbol, *dates, interval), symbol, Interval.parse(interval))
    return FetchedSeries(info.series, symbol, info.location, bars, repairs, context)


def dates_to_ask(
    start: str | None, end: str | None, interval: str, calendar: Calendar | None
) -> tuple[str | None, str | None]:
    """First and last date in UTC to ask a source for: a session may begin the evening before, or end after midnight."""
    if calendar is None or not Interval.parse(interval).is_intraday:
        return start, end
    day = timedelta(days=1)
    return (
        None if start is None else (date.fromisoformat(start) - day).isoformat(),
        None if end is None else (date.fromisoformat(end) + day).isoformat(),
    )


def series_info(source: DataSource, symbol: str, interval: str) -> SeriesInfo:
    """Describe a series for the store."""
    place = location_of(source)
    return SeriesInfo(series_id(source, symbol, interval, place), str(type(source).name), symbol, interval, place)


def series_id(source: DataSource, symbol: str, interval: str, place: str | None) -> str:
    """Name of a series in the store: source, symbol, interval and, where sources can differ, their location."""
    suffix = "" if place is None else f"@{fingerprint(place)[:8]}"
    return f"{type(source).name}:{symbol}:{interval}{suffix}"


def make_panel(
    fetched: dict[str, Bars], asked: Experiment, *, keep_missing: bool = False
) -> tuple[Panel, dict[str, int]]:
    """Date bars by their calendar; cut, adjust, fill and join them as the experiment says.

    Parameters
    ----------
    fetched : dict of str to DataFrame
        Tidy bars per symbol.
    asked : Experiment
    keep_missing : bool, default=False
        Whether rows without a price stay as they are, to be looked at, whatever the experiment's `missing`.

    Returns
    -------
    panel : Panel
    n_missing : dict of str to int
        Rows without a price that the `missing` policy dropped or filled, per symbol.
    """
    frames, n_missing = {}, {}
    for symbol, bars in fetched.items():
        part = asked_bars(bars, symbol, asked)
        part = apply_adjust(part, asked.adjust)  # before rows are dropped: a split may stand in one of them
        part, n_missing[symbol] = (part, 0) if keep_missing else apply_missing(part, asked.missing, symbol)
        frames[symbol] = cut(_resampled(part, symbol, asked), None, None, asked.tail)
        if frames[symbol].empty:
            raise DataError(
                f"{symbol!r} has no bars between {asked.start or 'its start'} and {asked.end or 'its end'}."
            )
    return Panel(frames, asked.bar_length), n_missing


def asked_bars(bars: Bars, symbol: str, asked: Experiment) -> Bars:
    """Return the bars of the sessions an experiment asks for, known when the calendar of the symbol says so.

    The store keeps bars as they are without a calendar, so that another calendar is not other data.
    """
    interval, calendar = Interval.parse(asked.interval), asked.calendar_of(symbol)
    dates = session_dates(pd.DatetimeIndex(bars.index), interval, calendar)
    return cut(with_known_at(bars, interval, calendar), asked.start, asked.end, None, dates=dates)


def until(bars: Bars, context: Context, asked: Experiment) -> Bars:
    """Return the bars of another series up to the end of an experiment, from their beginning."""
    interval = Interval.parse(context.interval or asked.interval)
    dates = session_dates(pd.DatetimeIndex(bars.index), interval, context.market)
    return cut(bars, None, asked.end, None, dates=dates)


def _resampled(bars: Bars, symbol: str, asked: Experiment) -> Bars:
    """Join bars where this is asked for, without a longer bar that lacks its beginning since it is before `start`."""
    if asked.resample is None or bars.empty:
        return bars
    resample, calendar = Interval.parse(asked.resample), asked.calendar_of(symbol)
    longer = resample_bars(bars, Interval.parse(asked.interval), resample, calendar)
    if longer.empty:
        raise DataError(
            f"the {len(bars)} bars of {symbol!r} make no finished bar of {asked.resample}. Load more history, or ask "
            "for a shorter `resample`."
        )
    return cut(longer, asked.start, None, None, dates=session_dates(pd.DatetimeIndex(longer.index), resample, calendar))


def left_out(bars: Bars, panel: Panel, symbol: str, asked: Experiment) -> tuple[int, int]:
    """Count the bars that joining left out: those outside of sessions, and the newest, of an unfinished longer bar."""
    if asked.resample is None:
        return 0, 0
    used, calendar = asked_bars(bars, symbol, asked), asked.calendar_of(symbol)
    outside = outside_sessions(used, Interval.parse(asked.interval), Interval.parse(asked.resample), calendar)
    is_new = used["known_at"].to_numpy() > panel[symbol]["known_at"].to_numpy()[-1]
    return int(outside.sum()), int((is_new & ~outside).sum())


def stored_bars(bars: Bars) -> pd.DataFrame:
    """Return bars as the store keeps them: indexed by the moment they are known, their label as `session`."""
    frame = bars.assign(session=bars.index)
    return frame.set_index(pd.DatetimeIndex(frame.pop("known_at"), name="time"))


def tidy_again(frame: pd.DataFrame) -> Bars:
    """Undo `stored_bars`."""
    bars = frame.assign(known_at=frame.index)
    return bars.set_index(pd.DatetimeIndex(bars.pop("session"), name="time"))


def used_sha256(item: FetchedSeries, asked: Experiment) -> str:
    """Hash the bars of the sessions an experiment asks for, whatever else of the series there is."""
    from workbench_store import bars_sha256

    if item.context is not None:  # of another series, what came before is seen too
        return bars_sha256(stored_bars(until(item.bars, asked.context[item.context], asked)))
    interval = Interval.parse(asked.interval)
    dates = session_dates(pd.DatetimeIndex(item.bars.index), interval, asked.calendar_of(item.symbol))
    return bars_sha256(stored_bars(cut(item.bars, asked.start, asked.end, None, dates=dates)))
