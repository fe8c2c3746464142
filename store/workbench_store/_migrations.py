"""Bring a file to the schema this code knows, one recorded step at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

from workbench_store._connection import in_transaction
from workbench_store._context import m003_context
from workbench_store._errors import StoreError
from workbench_store._forward import m004_forward
from workbench_store._json import utc_now
from workbench_store._schema import m001_initial, m002_fetches
from workbench_store._searches import m005_searches

Migration = Callable[[duckdb.DuckDBPyConnection], None]

MIGRATIONS: tuple[Migration, ...] = (m001_initial, m002_fetches, m003_context, m004_forward, m005_searches)
"""In order; the version of a file is the number of migrations it has seen. Only ever append."""


def migrate(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Apply the migrations that the open file `path` has not seen, each in a transaction of its own.

    Raises
    ------
    StoreError
        If the file is newer than this code, or belongs to another program.
    """
    version = _file_version(con, path)
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the store {path} has schema version {version}, but this Workbench knows versions up to "
            f"{len(MIGRATIONS)}; upgrade trading-workbench, or use another store."
        )
    for number in range(version + 1, len(MIGRATIONS) + 1):
        with in_transaction(con):
            _apply(con, number, MIGRATIONS[number - 1])


def _apply(con: duckdb.DuckDBPyConnection, number: int, migration: Migration) -> None:
    con.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations ("
        "version INTEGER PRIMARY KEY, name VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL)"
    )
    migration(con)
    con.execute("INSERT INTO schema_migrations VALUES (?, ?, ?)", [number, migration.__name__, utc_now()])


def _file_version(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    try:
        row = con.execute("SELECT coalesce(max(version), 0) FROM schema_migrations").fetchone()
    except duckdb.CatalogException:
        _check_is_new(con, path)
        return 0
    return int(row[0]) if row else 0


def _check_is_new(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    if con.execute("SELECT 1 FROM duckdb_tables()").fetchone() is not None:
        raise StoreError(
            f"{path} is a DuckDB file of another program (it has tables, but no schema_migrations); "
            "choose another file."
        )
