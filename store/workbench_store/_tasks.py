"""Tasks: the plan of a run, and what is done of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from workbench_store._frames import insert_frame
from workbench_store._json import dump_json, naive_utc
from workbench_store._types import TaskRecord

if TYPE_CHECKING:
    import duckdb

_COLUMNS = ("key", "model", "symbols", "fold", "seed", "status", "seconds", "error", "finished_at")


def replace_tasks(con: duckdb.DuckDBPyConnection, run: str, tasks: Sequence[TaskRecord]) -> None:
    """Write tasks, in the place of those with the same keys."""
    # Built as object columns: one null among the seeds must not turn the others into floats.
    rows = pd.DataFrame([_row(task) for task in tasks], columns=list(_COLUMNS), dtype=object)
    insert_frame(con, "tasks", rows, replacing=("run", "key"), run=run)


def list_tasks(con: duckdb.DuckDBPyConnection, run: str, *, only_open: bool = False) -> list[TaskRecord]:
    """Read the plan of a run in the order of fold, model, seed; or only what is not finished."""
    rows = con.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM tasks WHERE run = ? AND (NOT ? OR status <> 'finished') "
        "ORDER BY fold, model, seed, symbols, key",
        [run, only_open],
    ).fetchall()
    return [TaskRecord(key, model, tuple(json.loads(symbols)), *rest) for key, model, symbols, *rest in rows]


def _row(task: TaskRecord) -> list[object]:
    finished_at = None if task.finished_at is None else pd.Timestamp(naive_utc(task.finished_at))
    return [
        task.key,
        task.model,
        dump_json(task.symbols),
        task.fold,
        task.seed,
        task.status,
        task.seconds,
        task.error,
        finished_at,
    ]
