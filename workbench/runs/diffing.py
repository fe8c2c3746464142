"""What changed in the stored bars of a series since somebody saw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.contracts.arrays import Bars
from workbench.errors import RequestError

if TYPE_CHECKING:
    from workbench.runs.records import RunStore


@dataclass(frozen=True, eq=False)
class DataDiff:
    """Two versions of a series, compared row by row.

    Parameters
    ----------
    series : str
    since : str
        What was compared with, in words.
    revision : int
        The newest revision, which was compared.
    added, removed : DataFrame
        Rows that only one of them has, indexed by their label.
    changed : DataFrame
        Columns `time, column, before, after`: each value that is another one now.
    """

    series: str
    since: str
    revision: int
    added: Bars
    removed: Bars
    changed: pd.DataFrame

    @property
    def unchanged(self) -> bool:
        """Whether both hold the same rows."""
        return not (len(self.added) or len(self.removed) or len(self.changed))

    @property
    def n_changed(self) -> int:
        """Rows in which something changed."""
        return int(self.changed["time"].nunique())

    def __str__(self) -> str:
        if self.unchanged:
            return f"{self.series}: nothing changed since {self.since}."
        return (
            f"{self.series}, revision {self.revision}, since {self.since}: {len(self.added)} rows added, "
            f"{len(self.removed)} removed, {self.n_changed} changed."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "series": self.series,
            "since": self.since,
            "revision": self.revision,
            "unchanged": self.unchanged,
            "added": _records(self.added),
            "removed": _records(self.removed),
            "changed": self.changed.to_dict("records"),
        }


def diff_series(store: RunStore, series: str, since: str | int | None = None) -> DataDiff:
    """Compare the newest bars of a series with those of an earlier revision, or with those that a run saw.

    Parameters
    ----------
    store : RunStore
    series : str
        Its name in the store.
    since : str or int, optional
        A revision, or a run: id, prefix, name or `latest`. The revision before the newest by default.

    Raises
    ------
    RequestError
        There is no such revision or run, or the run did not see the series.
    """
    version, after = store.newest(series)
    is_number = since is not None and str(since).isdecimal() and int(since) <= version.revision
    if since is None or is_number:
        number = version.revision - 1 if since is None else int(since)
        if since is not None and number < 1:
            raise RequestError(
                f"series {series!r} has no revision {number}; its revisions are 1 to {version.revision}."
            )
        if number < 1:
            return compare_bars(series, "it was first fetched", version.revision, after, after)
        return compare_bars(series, f"revision {number}", version.revision, store.revision(series, number), after)
    record = store.find_run(str(since))
    seen = next((item for item in record.data if item.series == series), None)
    if seen is None:
        had = ", ".join(item.series for item in record.data)
        raise RequestError(f"run {record.run} did not see {series!r}; it saw {had}.")
    return compare_bars(series, f"run {record.run} saw them", version.revision, store.bars(seen), after)


def compare_bars(series: str, since: str, revision: int, before: Bars, after: Bars) -> DataDiff:
    """Compare two versions of a series row by row; `since` says in words what `before` is."""
    both = after.index.intersection(before.index)
    return DataDiff(
        series,
        since,
        revision,
        after.loc[after.index.difference(both)],
        before.loc[before.index.difference(both)],
        _changes(before.loc[both], after.loc[both]),
    )


def _changes(before: Bars, after: Bars) -> pd.DataFrame:
    """List the values that differ, row by row; a column that only one of them has is missing in the other."""
    columns = [*after.columns, *(name for name in before.columns if name not in after.columns)]
    parts = []
    for place, name in enumerate(columns):
        old, new = (frame[name].astype(object) if name in frame else _nothing(frame) for frame in (before, after))
        differs = ((old != new) & ~(old.isna() & new.isna())).to_numpy()
        if differs.any():
            values = {"before": old[differs].to_numpy(), "after": new[differs].to_numpy()}
            parts.append(pd.DataFrame({"time": after.index[differs], "column": name, **values, "place": place}))
    if not parts:
        return pd.DataFrame(columns=["time", "column", "before", "after"])
    rows = pd.concat(parts, ignore_index=True).sort_values(["time", "place"], ignore_index=True)
    return rows[["time", "column", "before", "after"]]


def _nothing(frame: Bars) -> pd.Series[Any]:
    return pd.Series(None, index=frame.index, dtype=object)


def _records(bars: Bars) -> list[dict[Any, Any]]:
    records: list[dict[Any, Any]] = (
        bars.drop(columns="known_at").reset_index(names="time").astype(object).to_dict("records")
    )
    return records
