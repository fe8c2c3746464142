"""Folds that could not be written because the store was busy: kept beside it, merged by the next transaction.

Each waits in a small store of its own, written by the same functions as the real one.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from pathlib import Path

import duckdb

from workbench_store._connection import connect, in_transaction
from workbench_store._errors import StoreError
from workbench_store._folds import Fold, read_folds, write_fold
from workbench_store._migrations import migrate
from workbench_store._runs import run_exists


def set_aside(store: Path, fold: Fold) -> None:
    """Write a fold into the folder `<store>.pending`.

    Raises
    ------
    StoreError
        If the folder cannot be written; the fold is lost then.
    """
    folder = _folder(store)
    name = f"{fold.run}-{fold.fold}-{secrets.token_hex(4)}"
    draft = folder / f"{name}.draft"  # a name that no merger looks for, until it is complete
    try:
        folder.mkdir(exist_ok=True)
        with contextlib.closing(_open(draft)) as con, in_transaction(con):
            write_fold(con, fold)
        draft.replace(folder / f"{name}.duckdb")
    except OSError as err:
        raise StoreError(f"the store is busy and {folder} cannot be written: {err.strerror}.") from err


def merge_pending(con: duckdb.DuckDBPyConnection, store: Path) -> None:
    """Write every waiting fold into the open store, and remove it from the folder.

    Folds of runs that were removed meanwhile are dropped.

    Raises
    ------
    StoreError
        If a waiting fold cannot be read; names its file.
    """
    for file in sorted(_folder(store).glob("*.duckdb")):
        folds = _read(file)
        with in_transaction(con):
            for fold in folds:
                if run_exists(con, fold.run):
                    write_fold(con, fold)
        file.unlink()


def _read(file: Path) -> list[Fold]:
    try:
        with contextlib.closing(_open(file)) as con, in_transaction(con):
            return read_folds(con)
    except StoreError as err:
        raise StoreError(f"the waiting fold {file} cannot be merged; move it away to go on without it. {err}") from err


def _open(file: Path) -> duckdb.DuckDBPyConnection:
    con = connect(file, time.monotonic())
    migrate(con, file)
    return con


def _folder(store: Path) -> Path:
    return store.with_name(store.name + ".pending")
