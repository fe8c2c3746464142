"""Searches over settings, and what each setting gave. They outlive the runs that they started."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from workbench_store._errors import RunNotFoundError
from workbench_store._json import dump_json, utc_now
from workbench_store._search_types import SearchRecord, SearchTrial

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_SCHEMA = """
CREATE TABLE searches (
    search VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL, name VARCHAR NOT NULL, toml VARCHAR NOT NULL,
    spec JSON NOT NULL, created_at TIMESTAMP NOT NULL
);
CREATE TABLE search_trials (
    search VARCHAR, number INTEGER, settings JSON NOT NULL, label VARCHAR NOT NULL, status VARCHAR NOT NULL,
    value DOUBLE, validation JSON NOT NULL, test JSON NOT NULL, intermediate JSON NOT NULL, seconds DOUBLE,
    run VARCHAR, error VARCHAR, recorded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (search, number)
);
"""

_SEARCH_FIELDS = tuple(field.name for field in fields(SearchRecord))
_TRIAL_FIELDS = tuple(field.name for field in fields(SearchTrial))
_JSON_FIELDS = ("settings", "validation", "test", "intermediate")


def m005_searches(con: duckdb.DuckDBPyConnection) -> None:
    """Keep searches over settings, and what each setting gave."""
    con.execute(_SCHEMA)


def begin_search(con: duckdb.DuckDBPyConnection, search: SearchRecord, trials: Sequence[SearchTrial]) -> None:
    """Write a search and the trials planned for it; one that is there already stays as it is."""
    if con.execute("SELECT 1 FROM searches WHERE search = ?", [search.search]).fetchone() is not None:
        return
    con.execute(
        "INSERT INTO searches (search, kind, name, toml, spec, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        [search.search, search.kind, search.name, search.toml, dump_json(search.spec), utc_now()],
    )
    for trial in trials:
        save_search_trial(con, trial)


def save_search_trial(con: duckdb.DuckDBPyConnection, trial: SearchTrial) -> None:
    """Write one trial, in the place of the one with its number."""
    values: list[Any] = []
    for name in _TRIAL_FIELDS:
        value = getattr(trial, name)
        values.append(utc_now() if name == "recorded_at" else dump_json(value) if name in _JSON_FIELDS else value)
    changed = ", ".join(f"{name} = excluded.{name}" for name in _TRIAL_FIELDS[2:])
    con.execute(
        f"INSERT INTO search_trials ({', '.join(_TRIAL_FIELDS)}) VALUES ({', '.join('?' * len(values))}) "
        f"ON CONFLICT (search, number) DO UPDATE SET {changed}",
        values,
    )


def load_search(con: duckdb.DuckDBPyConnection, search: str) -> SearchRecord:
    """Read the search with exactly this id."""
    row = con.execute(f"SELECT {', '.join(_SEARCH_FIELDS)} FROM searches WHERE search = ?", [search]).fetchone()
    if row is None:
        raise RunNotFoundError(f"the store has no search with the id {search!r}.")
    values = dict(zip(_SEARCH_FIELDS, row, strict=True))
    return SearchRecord(**{**values, "spec": json.loads(values["spec"])})


def list_searches(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Read all searches, newest first, with the number of their settings and of those that are done."""
    return con.execute(
        "SELECT s.search, s.kind, s.name, count(t.number) AS n_settings, "
        "count(t.number) FILTER (WHERE t.status NOT IN ('planned', 'running')) AS n_done, s.created_at "
        "FROM searches s LEFT JOIN search_trials t ON t.search = s.search "
        "GROUP BY s.search, s.kind, s.name, s.created_at ORDER BY s.created_at DESC, s.search"
    ).df()


def list_search_trials(con: duckdb.DuckDBPyConnection, search: str) -> list[SearchTrial]:
    """Read the trials of a search, in the order of their numbers."""
    rows = con.execute(
        f"SELECT {', '.join(_TRIAL_FIELDS)} FROM search_trials WHERE search = ? ORDER BY number", [search]
    ).fetchall()
    return [_trial(row) for row in rows]


def search_of_run(con: duckdb.DuckDBPyConnection, run: str) -> str | None:
    """Name the search that started a run; None for a run that somebody asked for directly."""
    row = con.execute("SELECT search FROM search_trials WHERE run = ?", [run]).fetchone()
    return None if row is None else str(row[0])


def _trial(row: Sequence[Any]) -> SearchTrial:
    values = dict(zip(_TRIAL_FIELDS, row, strict=True))
    return SearchTrial(**{**values, **{name: json.loads(values[name]) for name in _JSON_FIELDS}})
