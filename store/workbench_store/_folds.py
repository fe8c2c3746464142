"""Folds: what one finished fold leaves behind, written and read as a whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench_store._errors import StoreError
from workbench_store._frames import insert_frame, load_frame
from workbench_store._json import dump_json, utc_now
from workbench_store._tasks import list_tasks, replace_tasks
from workbench_store._types import ModelFiles, TaskRecord

if TYPE_CHECKING:
    import duckdb

_TABLES = ("forecasts", "learning", "tasks", "models")
_OWNER = ("run", "model", "symbol", "seed", "fold")


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Everything that is committed with one fold of a run."""

    run: str
    fold: int
    forecasts: pd.DataFrame
    learning: pd.DataFrame
    tasks: Sequence[TaskRecord]
    models: Sequence[ModelFiles]

    def check(self) -> None:
        """Refuse rows that belong to another fold.

        Raises
        ------
        StoreError
            If a frame, a task or a model says so.
        """
        found = {task.fold for task in self.tasks} | {model.fold for model in self.models}
        for frame in (self.forecasts, self.learning):
            found |= set(frame["fold"]) if "fold" in frame.columns else set()
        if found - {self.fold}:
            raise StoreError(
                f"fold {self.fold} of run {self.run} holds rows of folds {sorted(found)}; commit each alone."
            )


def write_fold(con: duckdb.DuckDBPyConnection, fold: Fold) -> None:
    """Write a fold in the place of what the same models wrote for it before."""
    for table, frame in (("forecasts", fold.forecasts), ("learning", fold.learning)):
        insert_frame(con, table, frame, replacing=_OWNER, run=fold.run)
    replace_tasks(con, fold.run, fold.tasks)
    models = _model_rows(fold.models)
    insert_frame(con, "models", models, replacing=("run", "key"), run=fold.run, created_at=utc_now())


def read_folds(con: duckdb.DuckDBPyConnection) -> list[Fold]:
    """Read back all folds of a store, as `write_fold` got them."""
    parts = " UNION ".join(f"SELECT run, fold FROM {table}" for table in _TABLES)
    return [_read_fold(con, run, fold) for run, fold in con.execute(f"{parts} ORDER BY run, fold").fetchall()]


def load_models(con: duckdb.DuckDBPyConnection, run: str) -> list[ModelFiles]:
    """Read the models kept of a run, in the order of fold, model, seed."""
    rows = con.execute(
        "SELECT key, model, symbols, fold, seed, file, content FROM models WHERE run = ? "
        "ORDER BY fold, model, seed, key, file",
        [run],
    ).fetchall()
    files: dict[tuple[str, str, str, int, int | None], dict[str, bytes]] = {}
    for *owner, file, content in rows:
        files.setdefault(tuple(owner), {})[file] = bytes(content)
    return [
        ModelFiles(key, model, tuple(json.loads(symbols)), fold, seed, content)
        for (key, model, symbols, fold, seed), content in files.items()
    ]


def list_models(con: duckdb.DuckDBPyConnection, run: str, document: str) -> pd.DataFrame:
    """List the models kept of a run, with the text of one file of each where it is there, but no contents."""
    return con.execute(
        "SELECT key, model, symbols, fold, seed, count(*) AS n_files, sum(octet_length(content)) AS n_bytes, "
        "max(created_at) AS created_at, decode(any_value(content) FILTER (WHERE file = ?)) AS document "
        "FROM models WHERE run = ? GROUP BY key, model, symbols, fold, seed ORDER BY fold, model, seed, key",
        [document, run],
    ).df()


def load_model(con: duckdb.DuckDBPyConnection, run: str, key: str) -> dict[str, bytes]:
    """Read the files of one kept model."""
    rows = con.execute("SELECT file, content FROM models WHERE run = ? AND key = ? ORDER BY file", [run, key])
    return {file: bytes(content) for file, content in rows.fetchall()}


def _read_fold(con: duckdb.DuckDBPyConnection, run: str, fold: int) -> Fold:
    forecasts, learning = (load_frame(con, table, run) for table in ("forecasts", "learning"))
    return Fold(
        run=run,
        fold=fold,
        forecasts=forecasts[forecasts["fold"] == fold],
        learning=learning[learning["fold"] == fold],
        tasks=[task for task in list_tasks(con, run) if task.fold == fold],
        models=[model for model in load_models(con, run) if model.fold == fold],
    )


def _model_rows(models: Sequence[ModelFiles]) -> pd.DataFrame:
    columns = ["key", "model", "symbols", "fold", "seed", "file", "content"]
    rows = [
        [model.key, model.model, dump_json(model.symbols), model.fold, model.seed, name, content]
        for model in models
        for name, content in model.files.items()
    ]
    return pd.DataFrame(rows, columns=columns, dtype=object)
