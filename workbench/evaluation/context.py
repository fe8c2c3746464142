"""Columns of other series beside those of the bars, joined by the moment at which each was known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.contracts.arrays import FloatArray, IntArray, TimeArray
from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.panel import Panel
from workbench.evaluation.samples import Samples, compute_feature

STALE_BARS = 10
"""Bars after which a value that has not changed is worth a word."""
_STALE_GAPS = 3
"""Usual distances between its own bars after which a series is late."""


@dataclass(frozen=True, eq=False)
class ContextColumns:
    """Features of another series, row by row.

    Parameters
    ----------
    name : str
        What the series is called.
    columns : tuple of str
        Names of the columns, without the name of the series.
    values : ndarray of shape (n, n_columns)
        Computed on the series' own bars, so that a return is that of its own bars.
    known_at : ndarray of shape (n,), datetime64
        When each row is known, publication lag included, UTC; increasing.
    labels : ndarray of shape (n,), datetime64
        Labels of its bars.
    """

    name: str
    columns: tuple[str, ...]
    values: FloatArray
    known_at: TimeArray
    labels: TimeArray

    def rows_known(self, moments: TimeArray) -> IntArray:
        """Return the newest row known at each moment; -1 where there is none yet."""
        rows: IntArray = np.searchsorted(self.known_at, moments, side="right") - 1
        return rows

    def as_known(self, moments: TimeArray) -> FloatArray:
        """Return the newest values known at each moment, of shape (len(moments), n_columns); NaN before the first."""
        rows = self.rows_known(moments)
        return np.where(rows[:, None] < 0, np.nan, self.values[np.maximum(rows, 0)])


def context_columns(
    name: str, panel: Panel, features: Sequence[tuple[str, Feature | PanelFeature]], known_at: TimeArray
) -> ContextColumns:
    """Compute the features of another series on its own bars.

    Parameters
    ----------
    name : str
    panel : Panel
        Its bars, of one symbol.
    features : sequence of (label, feature)
    known_at : ndarray of datetime64
        When each of its bars is known to the forecast, lag included.

    Raises
    ------
    DataError
        A feature refuses the bars.
    PluginError
        A feature raised, or returned something that does not fit them.
    """
    symbol = panel.symbols[0]
    frames = [compute_feature(label, feature, panel)[symbol] for label, feature in features]
    columns = tuple(str(column) for frame in frames for column in frame.columns)
    values = np.concatenate([frame.to_numpy(dtype=np.float64) for frame in frames], axis=1)
    return ContextColumns(name, columns, values, known_at, panel[symbol].index.to_numpy())


def with_context(samples: Samples, contexts: Sequence[ContextColumns]) -> Samples:
    """Return samples with the columns of other series behind their own.

    Each bar gets the newest row that was known when it was, never a later one; NaN before the first. So an origin
    without any is left out, like one whose own features are undefined.
    """
    if not contexts:
        return samples
    by_symbol = {}
    for symbol, part in samples.by_symbol.items():
        with np.errstate(over="ignore"):  # what single precision cannot hold is undefined
            joined = [context.as_known(part.known_at).astype(np.float32) for context in contexts]
        by_symbol[symbol] = replace(part, values=np.concatenate([part.values, *joined], axis=1))
    names = tuple(f"{context.name}.{column}" for context in contexts for column in context.columns)
    return replace(samples, by_symbol=by_symbol, feature_names=(*samples.feature_names, *names))


def stale_notes(context: ContextColumns, samples: Samples, tested: Mapping[str, IntArray]) -> list[str]:
    """Say where forecasts saw an old row of another series, of all symbols the one with most of them.

    Parameters
    ----------
    context : ContextColumns
    samples : Samples
    tested : mapping of str to ndarray of int
        Test origins of each symbol, increasing.
    """
    old = {s: rows[_is_stale(context, samples.known_at[s], rows)] for s, rows in tested.items()}
    symbol = max(old, key=lambda s: len(old[s]), default=None)
    if symbol is None or not len(old[symbol]):
        return []
    first = samples.by_symbol[symbol].labels[old[symbol][0]]
    ended = context.rows_known(samples.known_at[symbol][old[symbol][-1:]])[0] == len(context.known_at) - 1
    last = f" It ends on {_moment(context.labels[-1])}, before the test does." if ended else ""
    return [
        f"context {context.name!r}: {len(old[symbol])} of {len(tested[symbol])} test origins of {symbol} saw an old "
        f"value, the first on {_moment(first)}.{last} Load newer bars of it, or end the test there."
    ]


def _is_stale(context: ContextColumns, known_at: TimeArray, rows: IntArray) -> IntArray:
    """Which origins see a row that is late by its own habit; inside the series, only if many bars old as well."""
    seen = context.rows_known(known_at[rows])
    since = context.known_at[np.maximum(seen, 0)]
    usual = np.median(np.diff(context.known_at).astype("int64")) if len(context.known_at) > 1 else 0
    late = (known_at[rows] - since).astype(context.known_at.dtype.str.replace("M", "m")).astype("int64")
    n_bars = rows - np.searchsorted(known_at, since, side="left")
    is_last = seen == len(context.known_at) - 1
    stale: IntArray = np.flatnonzero((seen >= 0) & (late > _STALE_GAPS * usual) & (is_last | (n_bars > STALE_BARS)))
    return stale


def _moment(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[s]")).replace("T00:00:00", "").replace("T", " ")
