from __future__ import annotations

from pathlib import Path

import pytest

from workbench_store import Store, StoreError


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One store with one run for all tests here: none of them may change it."""
    made = Store(tmp_path_factory.mktemp("query") / "x.duckdb")
    made.create_run(name="netflix", experiment="e", toml="", spec={}, data=[], provenance={}, tasks=[])
    return made


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM runs",
        "  -- which runs?\n FROM runs SELECT name;",
        "WITH r AS (SELECT * FROM runs) SELECT name FROM r",
        "VALUES ('netflix')",
    ],
)
def test_a_question_is_answered(store: Store, sql: str) -> None:
    assert store.query(sql).iloc[0, 0] == "netflix"


@pytest.mark.parametrize("sql", ["DESCRIBE runs", "SHOW TABLES", "SUMMARIZE runs", "EXPLAIN SELECT * FROM runs"])
def test_the_schema_can_be_asked_for(store: Store, sql: str) -> None:
    assert not store.query(sql).empty


def test_values_are_bound(store: Store) -> None:
    assert len(store.query("SELECT * FROM runs WHERE name = ? AND experiment = ?", ["netflix", "e"])) == 1
    assert store.query("SELECT * FROM runs WHERE name = ?", ["'; DROP TABLE runs; --"]).empty


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DELETE FROM runs", "is a DELETE statement, and this command only reads"),
        ("DROP TABLE runs", "is a DROP statement"),
        ("UPDATE runs SET name = 'x'", "is a UPDATE statement"),
        ("COMMIT; DELETE FROM runs", "must be one statement, and there are 2"),
        ("", "must be one statement, and there are 0"),
        ("EXPLAIN ANALYZE DELETE FROM runs", "read-only"),
        ("WITH gone AS (DELETE FROM runs RETURNING *) SELECT * FROM gone", "the query failed"),
        ("COPY runs TO 'runs.csv'", "is a COPY statement"),
        ("SELEC 1", r'^the query failed: Parser Error: syntax error at or near "SELEC"$'),
        ("SELECT nme FROM runs", 'the query failed: Binder Error: .*"nme"'),
        ("SELECT ?", "the query failed"),
    ],
)
def test_what_is_no_question_is_refused_and_changes_nothing(
    store: Store, sql: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(StoreError, match=message):
        store.query(sql)

    assert store.list_runs()["name"].tolist() == ["netflix"]
    assert not Path("runs.csv").exists()


def test_a_query_inside_a_transaction_is_refused(store: Store) -> None:
    with store.transaction(), pytest.raises(StoreError, match="use the connection it gives"):
        store.query("SELECT 1")


def test_extensions_are_never_fetched(store: Store) -> None:
    settings = store.query(
        "SELECT current_setting('autoinstall_known_extensions') AS install, "
        "current_setting('autoload_known_extensions') AS load"
    )

    assert settings.iloc[0].tolist() == [False, False]
