"""Runs: begun with their plan, found again by what people call them, ended, removed."""

from __future__ import annotations

import difflib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench_store._errors import RunNotFoundError, StoreError
from workbench_store._frames import insert_frame
from workbench_store._json import dump_json, utc_now
from workbench_store._tasks import replace_tasks
from workbench_store._types import DataVersion, PluginRecord, RunRecord, RunStatus, TaskRecord

if TYPE_CHECKING:
    import duckdb

BULK_TABLES = (
    "tasks",
    "plugins",
    "models",
    "forecasts",
    "scores",
    "learning",
    "signals",
    "orders",
    "trades",
    "equity",
    "backtests",
    "audits",
    "runs",
)
_RECORD_FIELDS = tuple(field.name for field in fields(RunRecord))
_SHOWN_MATCHES = 10


def create_run(
    con: duckdb.DuckDBPyConnection,
    *,
    name: str,
    experiment: str,
    toml: str,
    spec: Mapping[str, object],
    data: Sequence[DataVersion],
    provenance: Mapping[str, object],
    tasks: Sequence[TaskRecord],
    plugins: Sequence[PluginRecord],
) -> str:
    """Write a running run with everything known before the first fit; return its new id."""
    run, now = secrets.token_hex(6), utc_now()
    con.execute(
        "INSERT INTO experiments VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [experiment, name, toml, dump_json(spec), now],
    )
    con.execute(
        "INSERT INTO runs (run, name, experiment, status, created_at, data, provenance) "
        "VALUES (?, ?, ?, 'running', ?, ?, ?)",
        [run, name, experiment, now, dump_json([asdict(version) for version in data]), dump_json(provenance)],
    )
    replace_tasks(con, run, tasks)
    if plugins:
        insert_frame(con, "plugins", pd.DataFrame([asdict(plugin) for plugin in plugins]), run=run)
    return run


def reopen_run(con: duckdb.DuckDBPyConnection, run: str) -> None:
    """Mark a stopped run as running again."""
    require_run(con, run)
    con.execute(
        "UPDATE runs SET status = 'running', finished_at = NULL, seconds = NULL, error = NULL WHERE run = ?",
        [run],
    )


def close_run(
    con: duckdb.DuckDBPyConnection,
    run: str,
    status: RunStatus,
    *,
    seconds: float | None = None,
    summary: object = None,
    verdict: str | None = None,
    error: str | None = None,
) -> None:
    """Record how a run ended."""
    require_run(con, run)
    con.execute(
        "UPDATE runs SET status = ?, finished_at = ?, seconds = ?, summary = ?, verdict = ?, error = ? WHERE run = ?",
        [status, utc_now(), seconds, None if summary is None else dump_json(summary), verdict, error, run],
    )


def run_exists(con: duckdb.DuckDBPyConnection, run: str) -> bool:
    """Say whether there is a run with exactly this id."""
    return con.execute("SELECT 1 FROM runs WHERE run = ?", [run]).fetchone() is not None


def require_run(con: duckdb.DuckDBPyConnection, run: str) -> None:
    """Refuse an id that no run has."""
    if not run_exists(con, run):
        raise RunNotFoundError(f"the store has no run with the id {run!r}; it may have been removed.")


def list_runs(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Read all runs, newest first, without their JSON columns."""
    return con.execute(
        "SELECT run, name, experiment, status, created_at, finished_at, seconds, verdict, error "
        "FROM runs ORDER BY created_at DESC, rowid DESC"
    ).df()


def find_run(con: duckdb.DuckDBPyConnection, text: str) -> RunRecord:
    """Find the run that `text` means: `latest`, an id, a name (newest run), or a unique prefix of an id."""
    runs = con.execute("SELECT run, name FROM runs ORDER BY created_at DESC, rowid DESC").fetchall()
    return _load_run(con, _resolve(text, runs))


def remove_run(con: duckdb.DuckDBPyConnection, run: str) -> None:
    """Delete a run and all it wrote but its trials; its experiment goes with the last run of it."""
    require_run(con, run)
    for table in BULK_TABLES:
        con.execute(f"DELETE FROM {table} WHERE run = ?", [run])
    con.execute("DELETE FROM experiments WHERE experiment NOT IN (SELECT experiment FROM runs)")


def _resolve(text: str, runs: Sequence[tuple[str, str]]) -> str:
    if not runs:
        raise RunNotFoundError(f"no run {text!r}: the store has no runs yet; run an experiment first.")
    if text == "latest":
        return runs[0][0]
    exact = [run for run, name in runs if run == text] or [run for run, name in runs if name == text]
    if exact:
        return exact[0]
    matches = [(run, name) for run, name in runs if text and run.startswith(text)]
    if len(matches) > 1:
        shown = ", ".join(f"{run} ({name})" for run, name in matches[:_SHOWN_MATCHES])
        raise RunNotFoundError(f"{len(matches)} runs begin with {text!r}: {shown}; type more of the one you mean.")
    if not matches:
        raise RunNotFoundError(_unknown_message(text, runs))
    return matches[0][0]


def _unknown_message(text: str, runs: Sequence[tuple[str, str]]) -> str:
    known = dict.fromkeys([name for _, name in runs] + [run for run, _ in runs])
    near = difflib.get_close_matches(text, known, n=3)
    hint = f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
    count = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    ways = "Give an id, its beginning, a run name or `latest`."
    return f"no run {text!r} among the {count} of the store.{hint} {ways}"


def _load_run(con: duckdb.DuckDBPyConnection, run: str) -> RunRecord:
    row = con.execute(
        f"SELECT {', '.join(_RECORD_FIELDS)} FROM runs "
        "JOIN (SELECT experiment, toml, spec FROM experiments) USING (experiment) WHERE run = ?",
        [run],
    ).fetchone()
    if row is None:
        raise StoreError(f"the experiment of run {run} is missing from the store; the file was edited by hand.")
    values = dict(zip(_RECORD_FIELDS, row, strict=True))
    for name in ("data", "provenance", "summary", "spec"):
        values[name] = json.loads(values[name] or "null")
    values["data"] = tuple(_parse_version(item) for item in values["data"])
    return RunRecord(**values)


def _parse_version(item: Mapping[str, Any]) -> DataVersion:
    return DataVersion(**{**item, "end": datetime.fromisoformat(item["end"])})
