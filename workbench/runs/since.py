"""What became of the bars that a run saw, told to whoever forecasts with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from workbench.runs.diffing import DataDiff, compare_bars

if TYPE_CHECKING:
    from workbench.runs.records import RunStore
    from workbench_store import DataVersion, RunRecord


def since_notes(
    store: RunStore,
    record: RunRecord,
    versions: Mapping[tuple[str | None, str], DataVersion],
    origins: Mapping[str, pd.Timestamp],
) -> Iterator[str]:
    """Say which bars of a run are others now, or gone, and where older bars are forecast from than before.

    Parameters
    ----------
    store : RunStore
    record : RunRecord
    versions : mapping of (str or None, str) to DataVersion
        The newest bars, per context and symbol.
    origins : mapping of str to Timestamp
        Label of the bar that each symbol is forecast from.
    """
    for seen in record.data:
        now = versions.get((seen.context, seen.symbol))
        if now is None or (now.series, now.revision) == (seen.series, seen.revision):
            continue
        diff = compare_bars(now.series, f"run {record.run} saw them", now.revision, store.bars(seen), store.bars(now))
        if diff.n_changed or len(diff.removed):
            yield _changed_note(diff, seen.symbol if seen.context is None else seen.context, record.run)
    before = store.forward("forward", record.run).groupby("symbol")["origin"].max()
    for symbol, label in origins.items():
        if symbol in before.index and before[symbol] > label:
            yield (
                f"{symbol} was forecast from the bar of {_day(before[symbol])} before, and the newest bar now is of "
                f"{_day(label)}: bars are gone from the source."
            )


def _changed_note(diff: DataDiff, name: str, run: str) -> str:
    at = pd.DatetimeIndex(diff.changed["time"]).union(pd.DatetimeIndex(diff.removed.index))
    first, last = _day(at.min()), _day(at.max())
    when = first if first == last else f"{first} to {last}"
    n = diff.n_changed + len(diff.removed)
    return (
        f"{name}: of the bars that run {run} saw, {diff.n_changed} changed and {len(diff.removed)} "
        f"{'is' if len(diff.removed) == 1 else 'are'} gone since ({when}); the forecast is made from the bars as they "
        f"are now. `workbench data diff {diff.series} --since {run}` shows {'it' if n == 1 else 'them'}."
    )


def _day(label: pd.Timestamp) -> str:
    return str(label).removesuffix(" 00:00:00")
