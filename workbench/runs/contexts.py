"""The other series of an experiment: fetched, tidied, and laid out by what was known when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.contracts.arrays import Bars, TimeArray
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import Panel
from workbench.contracts.source import listed_symbols
from workbench.data.bars import apply_adjust, apply_missing
from workbench.data.sessions import with_known_at
from workbench.errors import DataError
from workbench.evaluation.context import ContextColumns, context_columns, stale_notes
from workbench.evaluation.folds import FoldRows
from workbench.evaluation.samples import Samples
from workbench.plan.context import Context, LoadedContext
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved
from workbench.runs.datasets import FetchedSeries, check_symbols, dates_to_ask, fetch_one, fetch_series, until

if TYPE_CHECKING:
    from workbench.runs.records import RunStore


def fetch_all(resolved: Resolved, store: RunStore | None = None) -> list[FetchedSeries]:
    """Fetch every symbol and every context of an experiment, the latter from their beginning up to its end.

    Raises
    ------
    DataError
        A source lacks the symbol, has several and none is named, or its answer is no series of bars.
    PluginError
        A source raised something else.
    """
    return fetch_series(resolved, store) + [_fetch(context, resolved.experiment, store) for context in resolved.context]


def kept_as(item: FetchedSeries, resolved: Resolved) -> dict[str, Any]:
    """Say how the store is to keep a fetched series: its source and interval, and which bars it replaces."""
    asked = resolved.experiment
    if item.context is None:
        whole = asked.start is None and asked.end is None
        return {"source": resolved.source_name, "interval": asked.interval, "replace": whole or "span"}
    context = next(loaded for loaded in resolved.context if loaded.name == item.context)
    interval = context.asked.interval or asked.interval
    return {"source": context.source_name, "interval": interval, "replace": asked.end is None or "span"}


def _fetch(context: LoadedContext, asked: Experiment, store: RunStore | None) -> FetchedSeries:
    source = context.source
    assert source is not None, "an experiment that is to be fetched is resolved with its sources"
    try:
        symbol = context.asked.symbol or _only_symbol(listed_symbols(source))
        check_symbols(source, (symbol,))
        interval = context.asked.interval or asked.interval
        dates = dates_to_ask(None, asked.end, interval, context.asked.market)
        return fetch_one(source, symbol, dates, interval, store, context=context.name)
    except DataError as err:
        raise DataError(f"context {context.name!r}: {err}") from err


def _only_symbol(listed: Sequence[str]) -> str:
    if len(listed) == 1:
        return listed[0]
    if not listed:
        raise DataError("its source cannot list its symbols; say which one with `symbol`.")
    shown = ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
    raise DataError(f"its source has {len(listed)} symbols: {shown}. Say which one with `symbol`.")


@dataclass(frozen=True, eq=False)
class LaidOut:
    """A context whose features are computed.

    Parameters
    ----------
    loaded : LoadedContext
    panel : Panel
        The bars that the features were computed on, under the name of the context.
    columns : ContextColumns
    n_missing : int
        Rows without a price that were dropped or filled.
    """

    loaded: LoadedContext
    panel: Panel
    columns: ContextColumns
    n_missing: int


def lay_out(resolved: Resolved, fetched: Mapping[str, Bars]) -> list[LaidOut]:
    """Cut, adjust and fill the bars of the contexts, and compute their features.

    Parameters
    ----------
    resolved : Resolved
    fetched : mapping of str to DataFrame
        Tidy bars by the name of the context.

    Raises
    ------
    DataError
        The bars do not allow it; the message names the context.
    PluginError
        A feature broke its contract.
    """
    return lay_out_each(resolved.context, resolved.experiment, fetched)


def lay_out_each(contexts: Sequence[LoadedContext], asked: Experiment, fetched: Mapping[str, Bars]) -> list[LaidOut]:
    """Do the same for contexts that belong to a model rather than to a resolved experiment."""
    laid_out = []
    for context in contexts:
        try:
            laid_out.append(_lay_out(context, fetched[context.name], asked))
        except DataError as err:
            raise DataError(f"context {context.name!r}: {err}") from err
    return laid_out


def _lay_out(context: LoadedContext, fetched: Bars, experiment: Experiment) -> LaidOut:
    name, asked = context.name, context.asked
    interval = asked.interval or experiment.interval
    dated = with_known_at(until(fetched, asked, experiment), Interval.parse(interval), asked.market)
    bars = apply_adjust(dated, asked.adjust)
    bars, n_missing = apply_missing(bars, asked.missing, name)
    if bars.empty:
        raise DataError(f"it has no bars with a price before {experiment.end or 'its end'}.")
    panel = Panel({name: bars}, interval)
    columns = context_columns(name, panel, context.features, known_later(bars, asked))
    return LaidOut(context, panel, columns, n_missing)


def context_notes(contexts: Sequence[LaidOut], samples: Samples, rows: Sequence[FoldRows]) -> list[str]:
    """Say of which contexts bars were dropped or filled, and of which forecasts saw old values."""
    notes = []
    tested = {s: np.unique(np.concatenate([fold.test[s] for fold in rows])) for s in samples.by_symbol}
    for context in contexts:
        if context.n_missing:
            done = "dropped" if context.loaded.asked.missing == "drop" else "filled from the bar before"
            notes.append(f"context {context.loaded.name!r}: {context.n_missing} bars without a price were {done}.")
        notes += stale_notes(context.columns, samples, tested)
    return notes


def known_later(bars: Bars, asked: Context) -> TimeArray:
    """When the bars of a context are known to a forecast: as much later as its publication lag says."""
    known = pd.DatetimeIndex(bars["known_at"])
    if asked.lag is not None:
        lag = Interval.parse(asked.lag)
        months = lag.unit == "mo"
        known = known + (pd.DateOffset(months=lag.count) if months else pd.Timedelta(seconds=lag.seconds))
    moments: TimeArray = known.to_numpy()
    return moments
