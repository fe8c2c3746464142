"""Forecasts of bars that have not come yet, and the positions that follow from them; written once, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from workbench_store._errors import StoreError
from workbench_store._frames import insert_frame

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

ForwardTable = Literal["forward", "forward_signals"]

_TABLES = """
CREATE TABLE forward (
    forward VARCHAR NOT NULL, made_at TIMESTAMP NOT NULL, run VARCHAR NOT NULL, name VARCHAR NOT NULL,
    model VARCHAR NOT NULL, symbol VARCHAR NOT NULL, seed BIGINT, refit BOOLEAN NOT NULL,
    trained_until TIMESTAMP, origin TIMESTAMP NOT NULL, origin_known_at TIMESTAMP NOT NULL,
    step INTEGER NOT NULL, target_time TIMESTAMP NOT NULL, target_known_at TIMESTAMP NOT NULL,
    dated_by VARCHAR NOT NULL, late BOOLEAN NOT NULL, last_price DOUBLE, forecast DOUBLE, price DOUBLE,
    expected_return DOUBLE, persistence DOUBLE, levels DOUBLE[], quantiles DOUBLE[],
    target VARCHAR NOT NULL, interval VARCHAR NOT NULL, series VARCHAR NOT NULL, revision INTEGER NOT NULL,
    sha256 VARCHAR NOT NULL, context JSON, toml VARCHAR NOT NULL
);
CREATE TABLE forward_signals (
    forward VARCHAR NOT NULL, made_at TIMESTAMP NOT NULL, run VARCHAR NOT NULL, model VARCHAR NOT NULL,
    symbol VARCHAR NOT NULL, strategy VARCHAR NOT NULL, origin TIMESTAMP NOT NULL, position DOUBLE, stop DOUBLE,
    take_profit DOUBLE, fill_time TIMESTAMP NOT NULL, fill_from TIMESTAMP, late BOOLEAN NOT NULL
);
"""


def m004_forward(con: duckdb.DuckDBPyConnection) -> None:
    """Keep what is forecast of bars that have not come yet."""
    con.execute(_TABLES)


def record_forward(con: duckdb.DuckDBPyConnection, forecasts: pd.DataFrame, signals: pd.DataFrame | None) -> None:
    """Append one set of forecasts and what follows from them; what is there is never touched."""
    insert_frame(con, "forward", forecasts)
    if signals is not None and len(signals):
        insert_frame(con, "forward_signals", signals)


def load_forward(con: duckdb.DuckDBPyConnection, table: ForwardTable, run: str | None = None) -> pd.DataFrame:
    """Read the rows of one run, or all, in the order in which they were made."""
    if table not in get_args(ForwardTable):
        raise StoreError(f"{table!r} is no table of forecasts ahead; choose from {', '.join(get_args(ForwardTable))}.")
    where, given = ("", []) if run is None else ("WHERE run = ?", [run])
    return con.execute(f"SELECT * FROM {table} {where} ORDER BY made_at, rowid", given).df()
