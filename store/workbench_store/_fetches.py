"""What remote sources were asked for, so that they are asked for what is missing only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench_store._frames import insert_frame
from workbench_store._types import Fetch

if TYPE_CHECKING:
    import duckdb

_COLUMNS = ("series", "fetched_at", "first_date", "last_date", "asked_until", "n_rows", "revision")
_MOMENTS = ("fetched_at", "first_date", "last_date", "asked_until")


def record_fetch(con: duckdb.DuckDBPyConnection, fetch: Fetch) -> None:
    """Append one fetch."""
    values = (
        fetch.series,
        fetch.fetched_at,
        fetch.first,
        fetch.last,
        fetch.asked_until,
        fetch.n_rows,
        fetch.revision,
    )
    row = pd.DataFrame([dict(zip(_COLUMNS, values, strict=True))])
    insert_frame(con, "fetches", row.assign(**{name: pd.to_datetime(row[name]) for name in _MOMENTS}))


def list_fetches(con: duckdb.DuckDBPyConnection, series: str) -> list[Fetch]:
    """Read the fetches of a series, oldest first."""
    rows = con.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM fetches WHERE series = ? ORDER BY fetched_at, asked_until", [series]
    ).fetchall()
    return [Fetch(*row) for row in rows]
