"""The documented schema is the real one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench_store import Store
from workbench_store._frames import KEYS
from workbench_store._runs import BULK_TABLES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "store.md"
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE.read_text("utf-8"), flags=re.M | re.S))


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str]]]:
    """Columns and types of each table and view of a new store."""
    store = Store(tmp_path_factory.mktemp("schema") / "x.duckdb")
    with store.transaction() as con:
        rows = con.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal "
            "ORDER BY table_name, column_index"
        ).fetchall()
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, data_type in rows:
        found.setdefault(table, []).append((column, data_type))
    return found


def test_every_table_and_view_is_documented_with_its_columns(schema: dict[str, list[tuple[str, str]]]) -> None:
    documented = {
        name: re.findall(r"^\| `(\w+)` \| (\S+) \| .+ \|$", text, flags=re.M) for name, text in SECTIONS.items()
    }

    assert documented == schema


def test_every_key_is_documented(new_store: Store) -> None:
    with new_store.transaction() as con:
        rows = con.execute(
            "SELECT table_name, constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    keys = {table: tuple(columns) for table, columns in rows} | KEYS

    documented = {
        name: tuple(match[1].split(", "))
        for name, text in SECTIONS.items()
        if (match := re.search(r"^Key: `(.+)`\.$", text, flags=re.M))
    }

    assert documented == keys


def test_removing_a_run_empties_every_table_of_runs_but_the_trials(schema: dict[str, list[tuple[str, str]]]) -> None:
    of_runs = {table for table, columns in schema.items() if columns[0] == ("run", "VARCHAR")}

    assert set(BULK_TABLES) == of_runs - {"leaderboard"}
