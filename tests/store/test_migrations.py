from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import workbench_store._migrations as migrations
from workbench_store import Store, StoreError

RELEASED = migrations.MIGRATIONS


def m900_colours(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE colours (name VARCHAR)")


def m901_breaks(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE half_done (name VARCHAR)")
    con.execute("SELECT * FROM no_such_table")


def test_a_new_store_records_each_migration(new_store: Store) -> None:
    with new_store.transaction():
        pass

    applied = new_store.query("SELECT version, name FROM schema_migrations")
    assert applied["version"].tolist() == list(range(1, len(RELEASED) + 1))
    assert applied["name"].tolist() == [migration.__name__ for migration in RELEASED]


def test_an_older_store_is_migrated_when_it_is_opened(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m900_colours))

    assert store.query("SELECT * FROM colours").empty
    assert store.query("SELECT name FROM schema_migrations ORDER BY version")["name"].tolist() == [
        *(migration.__name__ for migration in RELEASED),
        "m900_colours",
    ]


def test_a_newer_store_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m900_colours))
        with store.transaction():
            pass

    n_known = len(RELEASED)
    with pytest.raises(StoreError, match=rf"schema version {n_known + 1}, but .* up to {n_known}; upgrade"):
        store.list_runs()


def test_a_migration_that_fails_leaves_the_version_before_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m900_colours, m901_breaks))
        with pytest.raises(StoreError, match="no_such_table"), store.transaction():
            pass
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m900_colours))

    tables = store.query("SELECT table_name FROM duckdb_tables()")["table_name"].tolist()
    assert "colours" in tables
    assert "half_done" not in tables


def test_a_store_of_the_first_version_keeps_its_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "old.duckdb")
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
        with store.transaction() as con:
            con.execute(
                "INSERT INTO series VALUES ('a', 'csv', 'A', '1d', NULL, 1, 1, '2020-01-01', '2020-01-01', 'x', now())"
            )

    assert store.list_series()["series"].tolist() == ["a"]
    assert store.load_repairs("a") == []
    assert store.list_fetches("a") == []
