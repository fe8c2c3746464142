"""What a run says at its end: scores, and the trading of its forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

from workbench_store._errors import StoreError
from workbench_store._frames import insert_frame, load_frame

if TYPE_CHECKING:
    import duckdb

ResultTable = Literal[
    "forecasts", "learning", "scores", "signals", "orders", "trades", "equity", "backtests", "plugins"
]


def replace_results(con: duckdb.DuckDBPyConnection, run: str, frames: Mapping[str, pd.DataFrame]) -> None:
    """Write each frame as all rows that the run has in the table of that name."""
    for table, frame in frames.items():
        con.execute(f"DELETE FROM {table} WHERE run = ?", [run])
        insert_frame(con, table, frame, run=run)


def load_results(con: duckdb.DuckDBPyConnection, run: str, table: ResultTable) -> pd.DataFrame:
    """Read one table of one run."""
    if table not in get_args(ResultTable):
        raise StoreError(f"{table!r} is no table of results; choose from {', '.join(get_args(ResultTable))}.")
    return load_frame(con, table, run)
