"""Fetching the bars an experiment asks for, and making the panel it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import Panel
from workbench.contracts.source import DataSource
from workbench.data.bars import apply_adjust, apply_missing, cut, tidy_bars
from workbench.errors import DataError, PluginError, WorkbenchError, did_you_mean
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved, fingerprint

if TYPE_CHECKING:
    import pandas as pd


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
    asked = resolved.experiment
    _check_symbols(resolved.source, asked.symbols)
    return [_fetch(resolved.source, symbol, asked) for symbol in asked.symbols]


def _check_symbols(source: DataSource, symbols: tuple[str, ...]) -> None:
    listed = source.symbols()
    for symbol in symbols:
        if listed and symbol not in listed:
            shown = ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
            raise DataError(
                f"source {source.label!r} has no symbol {symbol!r}.{did_you_mean(symbol, listed)} It has {shown}."
            )


def _fetch(source: DataSource, symbol: str, asked: Experiment) -> FetchedSeries:
    raw = call_source(source, symbol, asked.start, asked.end, asked.interval)
    bars = tidy_bars(raw, symbol, Interval.parse(asked.interval))
    location = source.location()
    return FetchedSeries(series_id(source, symbol, asked.interval), symbol, location, bars)


def call_source(source: DataSource, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
    """Call `fetch`, naming the source when it fails."""
    import pandas as pd

    try:
        raw = source.fetch(symbol, start, end, interval)
    except WorkbenchError:
        raise
    except Exception as err:
        raise PluginError(f"source {source.label!r} failed on {symbol!r}: {type(err).__name__}: {err}") from err
    if not isinstance(raw, pd.DataFrame) or raw.empty:
        raise DataError(f"source {source.label!r} has no bars of {symbol!r} at interval {interval!r}.")
    return raw


def series_id(source: DataSource, symbol: str, interval: str) -> str:
    """Name of a series in the store: source, symbol, interval and, where sources can differ, their location."""
    place = source.location()
    suffix = "" if place is None else f"@{fingerprint(place)[:8]}"
    return f"{type(source).name}:{symbol}:{interval}{suffix}"


def make_panel(fetched: dict[str, Bars], asked: Experiment) -> tuple[Panel, dict[str, int]]:
    """Cut, fill and adjust bars as the experiment says.

    Parameters
    ----------
    fetched : dict of str to DataFrame
        Tidy bars per symbol.
    asked : Experiment

    Returns
    -------
    panel : Panel
    n_missing : dict of str to int
        Rows without a price that the `missing` policy dropped or filled, per symbol.
    """
    frames, n_missing = {}, {}
    for symbol, bars in fetched.items():
        part = cut(bars, asked.start, asked.end, None)
        part, n_missing[symbol] = apply_missing(part, asked.missing, symbol)
        part = apply_adjust(part, asked.adjust)
        frames[symbol] = cut(part, None, None, asked.tail)
        if frames[symbol].empty:
            raise DataError(
                f"{symbol!r} has no bars between {asked.start or 'its start'} and {asked.end or 'its end'}."
            )
    return Panel(frames, asked.interval), n_missing
