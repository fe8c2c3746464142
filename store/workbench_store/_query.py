"""SQL from people: any question, no change."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from workbench_store._errors import StoreError, first_line

_READING = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}


def run_query(con: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object]) -> pd.DataFrame:
    """Answer one reading statement. The caller's transaction must be read-only: `EXPLAIN ANALYZE` executes.

    Raises
    ------
    StoreError
        If `sql` is not one statement that reads, or DuckDB cannot answer it.
    """
    try:
        _check_reads(con, sql)
        return con.execute(sql, list(params)).df()
    except duckdb.Error as err:
        raise StoreError(f"the query failed: {first_line(err)}") from err


def _check_reads(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    # A second statement could end the transaction and write after it.
    kinds = [statement.type for statement in con.extract_statements(sql)]
    if len(kinds) != 1:
        raise StoreError(f"the query must be one statement, and there are {len(kinds)}; ask one question at a time.")
    if kinds[0] not in _READING:
        raise StoreError(
            f"the query is a {kinds[0].name} statement, and this command only reads; use SELECT, SHOW, "
            "DESCRIBE, SUMMARIZE or EXPLAIN. To change the file, open it with another DuckDB client."
        )
