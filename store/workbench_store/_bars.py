"""Bars by revision: a revision holds only what is new or changed, and tombstones for what went away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

import pandas as pd

from workbench_store._content import PRICES, bars_frame, content_sha256
from workbench_store._errors import StoreError
from workbench_store._frames import insert_frame
from workbench_store._json import dump_json, naive_utc, utc_now
from workbench_store._types import DataVersion, SeriesInfo

if TYPE_CHECKING:
    import duckdb

Replace: TypeAlias = bool | Literal["span"] | tuple[datetime | None, datetime | None]
"""What the new rows say of stored ones that they lack: nothing, that they are gone, gone if between the new, or gone if
their session lies between two moments, both included; None is open."""

Repairs: TypeAlias = Sequence[Mapping[str, object]]
"""What had to be mended in a series, as JSON objects."""

_CONTENT = ("session", *PRICES, "extra")

# The newest row of each time, up to a revision and a moment.
_NEWEST = f"""
SELECT time, {", ".join(_CONTENT)}
FROM (
    SELECT *, row_number() OVER (PARTITION BY time ORDER BY revision DESC) AS age
    FROM bars WHERE series = ? AND revision <= ? AND time <= ?
)
WHERE age = 1 AND NOT deleted
"""

_CHANGES = f"""
SELECT {", ".join(f"n.{name}" for name in ("time", *_CONTENT))}, false AS deleted
FROM new_rows n LEFT JOIN old_rows o ON o.time = n.time
WHERE o.time IS NULL OR {" OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in _CONTENT)}
"""

_DELETIONS = """
SELECT o.time, true AS deleted
FROM old_rows o LEFT JOIN new_rows n ON n.time = o.time
WHERE n.time IS NULL AND
"""
_IN_SPAN = "o.time BETWEEN (SELECT min(time) FROM new_rows) AND (SELECT max(time) FROM new_rows)"
_IN_SESSIONS = "o.session BETWEEN coalesce(?, TIMESTAMP '-infinity') AND coalesce(?, TIMESTAMP 'infinity')"


def save_bars(
    con: duckdb.DuckDBPyConnection,
    series: SeriesInfo,
    new_rows: pd.DataFrame,
    *,
    replace: Replace,
    repairs: Repairs | None = None,
) -> DataVersion:
    """Write what canonical rows change as a new revision; nothing when they change nothing."""
    newest = _newest_revision(con, series.series)
    n_changes = _write_changes(con, series.series, newest, new_rows, replace=replace)
    revision = newest + 1 if n_changes else newest
    is_all = replace is True or newest == 0
    rows = new_rows if is_all else _state(con, series.series, revision, datetime.max)
    version = _version(series, revision, rows)
    _save_series(con, series, version, rows, _repairs(con, series.series) if repairs is None else dump_json(repairs))
    return version


def data_version(
    con: duckdb.DuckDBPyConnection, series: str, *, revision: int | None, end: datetime | None
) -> DataVersion:
    """Name the rows of `series` up to `end` at `revision` (default: all, newest)."""
    info, newest = _find_series(con, series)
    wanted = newest if revision is None else revision
    if not 1 <= wanted <= newest:
        raise StoreError(f"series {series!r} has no revision {wanted}; its revisions are 1 to {newest}.")
    rows = _state(con, series, wanted, datetime.max if end is None else naive_utc(end))
    if rows.empty:
        raise StoreError(f"series {series!r} has no bars up to {end} at revision {wanted}; ask for a later end.")
    return _version(info, wanted, rows)


def load_version(con: duckdb.DuckDBPyConnection, version: DataVersion) -> pd.DataFrame:
    """Read exactly the rows of `version`, and check that they still are."""
    _find_series(con, version.series)
    rows = _state(con, version.series, version.revision, naive_utc(version.end))
    if content_sha256(rows) != version.sha256:
        raise StoreError(
            f"the stored bars of series {version.series!r}, revision {version.revision} up to {version.end}, "
            "are not those this data version names: the store was edited by hand, or this is another store."
        )
    return bars_frame(rows)


def list_series(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Read the table of series."""
    return con.execute("SELECT * FROM series ORDER BY series").df()


def load_repairs(con: duckdb.DuckDBPyConnection, series: str) -> list[dict[str, object]]:
    """Read the repairs of a series; none for one that is not there."""
    text = _repairs(con, series)
    return [] if text is None else list(json.loads(text))


def list_versions(con: duckdb.DuckDBPyConnection, series: str) -> pd.DataFrame:
    """Count what each revision of `series` changed, and when in the series."""
    _find_series(con, series)
    return con.execute(
        "SELECT revision, count(*) FILTER (WHERE NOT deleted) AS n_changed, "
        "count(*) FILTER (WHERE deleted) AS n_deleted, min(time) AS first_time, max(time) AS last_time "
        "FROM bars WHERE series = ? GROUP BY revision ORDER BY revision",
        [series],
    ).df()


def _state(con: duckdb.DuckDBPyConnection, series: str, revision: int, end: datetime) -> pd.DataFrame:
    return con.execute(f"{_NEWEST} ORDER BY time", [series, revision, end]).df()


def _write_changes(
    con: duckdb.DuckDBPyConnection, series: str, newest: int, new_rows: pd.DataFrame, *, replace: Replace
) -> int:
    """Write the rows that differ from the newest revision as the next one, and count them; all of it in DuckDB."""
    which, bounds = _deleted(replace)
    changes = f"{_CHANGES} UNION ALL BY NAME {_DELETIONS} {which}" if which else _CHANGES
    con.register("new_rows", new_rows)
    written = con.execute(
        f"INSERT INTO bars BY NAME WITH old_rows AS ({_NEWEST}) "
        f"SELECT ? AS series, ? AS revision, * FROM ({changes}) ORDER BY time",
        [series, newest, datetime.max, series, newest + 1, *bounds],
    ).fetchall()
    con.unregister("new_rows")
    return int(written[0][0])


def _deleted(replace: Replace) -> tuple[str, list[datetime | None]]:
    """Return the condition under which a stored row that the new ones lack is gone, and its values."""
    if isinstance(replace, tuple):
        return _IN_SESSIONS, [None if moment is None else naive_utc(moment) for moment in replace]
    if replace == "span":
        return _IN_SPAN, []
    return ("true" if replace else ""), []


def _newest_revision(con: duckdb.DuckDBPyConnection, series: str) -> int:
    rows = con.execute("SELECT revision FROM series WHERE series = ?", [series]).fetchall()
    return int(rows[0][0]) if rows else 0


def _find_series(con: duckdb.DuckDBPyConnection, series: str) -> tuple[SeriesInfo, int]:
    row = con.execute(
        "SELECT series, source, symbol, interval, location, revision FROM series WHERE series = ?", [series]
    ).fetchone()
    if row is None:
        known = [name for (name,) in con.execute("SELECT series FROM series ORDER BY series").fetchall()]
        raise StoreError(f"the store has no series {series!r}; it has {', '.join(known) or 'none yet'}.")
    return SeriesInfo(*row[:5]), int(row[5])


def _version(info: SeriesInfo, revision: int, rows: pd.DataFrame) -> DataVersion:
    end: datetime = rows["time"].iloc[-1].to_pydatetime()
    return DataVersion(info.series, info.symbol, revision, end, content_sha256(rows), len(rows))


def _repairs(con: duckdb.DuckDBPyConnection, series: str) -> str | None:
    row = con.execute("SELECT repairs FROM series WHERE series = ?", [series]).fetchone()
    return row[0] if row else None


def _save_series(
    con: duckdb.DuckDBPyConnection, series: SeriesInfo, version: DataVersion, rows: pd.DataFrame, repairs: str | None
) -> None:
    row = asdict(series) | {
        "revision": version.revision,
        "n_rows": version.n_rows,
        "first_session": rows["session"].min(),
        "last_session": rows["session"].max(),
        "sha256": version.sha256,
        "updated_at": utc_now(),
        "repairs": repairs,
    }
    insert_frame(con, "series", pd.DataFrame([row]), replacing=("series",))
