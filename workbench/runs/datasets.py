"""Fetching the bars an experiment asks for, and making the panel it sees."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import Panel
from workbench.contracts.source import DataSource, call_source, listed_symbols, location_of
from workbench.data.bars import apply_adjust, apply_missing, cut, tidy_bars
from workbench.errors import DataError, did_you_mean
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved, fingerprint


@dataclass(frozen=True, eq=False)
class FetchedSeries:
    """Bars of one symbol as the source gave them, tidied but not yet cut, filled or adjusted."""

    series: str
    symbol: str
    location: str | None
    bars: Bars


def fetch_series(resolved: Resolved) -> list[FetchedSeries]:
    """Fetch every symbol of the experiment.

    Raises
    ------
    DataError
        The source lacks a symbol, or its answer is no series of bars.
    PluginError
        The source raised something else.
    """
    asked, source = resolved.experiment, resolved.source
    assert source is not None, "an experiment that is to be fetched is resolved with its source"
    _check_symbols(source, asked.symbols)
    return [_fetch(source, symbol, asked) for symbol in asked.symbols]


def _check_symbols(source: DataSource, symbols: tuple[str, ...]) -> None:
    listed = listed_symbols(source)
    for symbol in symbols:
        if listed and symbol not in listed:
            shown = ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
            raise DataError(
                f"source {source.label!r} has no symbol {symbol!r}.{did_you_mean(symbol, listed)} It has {shown}."
            )


def _fetch(source: DataSource, symbol: str, asked: Experiment) -> FetchedSeries:
    raw = call_source(source, symbol, asked.start, asked.end, asked.interval)
    bars = tidy_bars(raw, symbol, Interval.parse(asked.interval))
    place = location_of(source)
    return FetchedSeries(series_id(source, symbol, asked.interval, place), symbol, place, bars)


def series_id(source: DataSource, symbol: str, interval: str, place: str | None) -> str:
    """Name of a series in the store: source, symbol, interval and, where sources can differ, their location."""
    suffix = "" if place is None else f"@{fingerprint(place)[:8]}"
    return f"{type(source).name}:{symbol}:{interval}{suffix}"


def make_panel(
    fetched: dict[str, Bars], asked: Experiment, *, keep_missing: bool = False
) -> tuple[Panel, dict[str, int]]:
    """Cut, fill and adjust bars as the experiment says.

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
        part = cut(bars, asked.start, asked.end, None)
        part, n_missing[symbol] = (part, 0) if keep_missing else apply_missing(part, asked.missing, symbol)
        part = apply_adjust(part, asked.adjust)
        frames[symbol] = cut(part, None, None, asked.tail)
        if frames[symbol].empty:
            raise DataError(
                f"{symbol!r} has no bars between {asked.start or 'its start'} and {asked.end or 'its end'}."
            )
    return Panel(frames, asked.interval), n_missing


def stored_bars(bars: Bars) -> pd.DataFrame:
    """Return bars as the store keeps them: indexed by the moment they are known, their label as `session`."""
    frame = bars.assign(session=bars.index)
    return frame.set_index(pd.DatetimeIndex(frame.pop("known_at"), name="time"))


def tidy_again(frame: pd.DataFrame) -> Bars:
    """Undo `stored_bars`."""
    bars = frame.assign(known_at=frame.index)
    return bars.set_index(pd.DatetimeIndex(bars.pop("session"), name="time"))


def used_sha256(bars: Bars, asked: Experiment) -> str:
    """Hash the bars of the sessions an experiment asks for, whatever else of the series there is."""
    from workbench_store import bars_sha256

    return bars_sha256(stored_bars(cut(bars, asked.start, asked.end, None)))
