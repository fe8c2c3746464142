"""Frames into tables and back, in bulk: registered with DuckDB and inserted by name, never row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench_store._errors import StoreError

if TYPE_CHECKING:
    import duckdb

KEYS: dict[str, tuple[str, ...]] = {
    "bars": ("series", "revision", "time"),
    "forecasts": ("run", "model", "symbol", "seed", "fold", "origin", "step"),
    "scores": ("run", "model", "symbol", "seed", "fold", "step", "space", "metric"),
    "learning": ("run", "model", "symbol", "seed", "fold", "epoch"),
    "signals": ("run", "model", "seed", "origin", "symbol"),
    "equity": ("run", "model", "seed", "time"),
    "backtests": ("run", "model", "seed", "metric"),
    "plugins": ("run", "kind", "name", "distribution"),
}
"""Keys of the tables without an index. `orders` and `trades` have none: one bar may see several."""


def insert_frame(con: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame, **constants: object) -> None:
    """Append the rows of `frame` to `table`, matching columns by name.

    Parameters
    ----------
    con : connection
        Inside a transaction.
    table : str
        Name of a table.
    frame : DataFrame
        Its columns are a subset of the table's; those it lacks become null, and so does NaN. Moments with a zone
        are turned into UTC; those without are UTC.
    **constants : object
        Columns with the same value in every row, such as `run`.

    Raises
    ------
    StoreError
        For an unknown column, or two rows with one key.
    """
    types = _column_types(con, table)
    rows = frame.assign(**constants)
    _check_columns(table, rows, types)
    rows = rows.apply(lambda column: _storable(column, types[str(column.name)]))
    _check_key(table, rows)
    names = ", ".join(f'CAST("{name}" AS {types[name]}) AS "{name}"' for name in rows.columns)
    con.register("incoming", rows)
    con.execute(f"INSERT INTO {table} BY NAME SELECT {names} FROM incoming")
    con.unregister("incoming")


def load_frame(con: duckdb.DuckDBPyConnection, table: str, run: str) -> pd.DataFrame:
    """Read the rows of one run, without its `run` column, in the order of the table's key (or as written)."""
    order = ", ".join(KEYS.get(table, ("rowid",)))
    return con.execute(f"SELECT * EXCLUDE (run) FROM {table} WHERE run = ? ORDER BY {order}", [run]).df()




def _column_types(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    found = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table]
    ).fetchall()
    return dict(found)


def _check_columns(table: str, rows: pd.DataFrame, types: dict[str, str]) -> None:
    unknown = [str(name) for name in rows.columns if name not in types]
    if unknown:
        raise StoreError(f"table {table} has no column {', '.join(unknown)}; its columns are {', '.join(types)}.")


def _check_key(table: str, rows: pd.DataFrame) -> None:
    key = [name for name in KEYS.get(table, ()) if name in rows.columns]
    if key and rows.duplicated(key).any():
        first = rows.loc[rows.duplicated(key), key].iloc[0].to_dict()
        raise StoreError(f"two rows for table {table} have the same key {first}; every row needs a key of its own.")


def _storable(column: pd.Series[object], data_type: str) -> pd.Series[object]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        # Left to DuckDB, the cast would go through the time zone of this machine.
        return column.dt.tz_convert("UTC").dt.tz_localize(None)
    if data_type in ("BIGINT", "INTEGER"):
        return column.astype("Int64")  # a column that is all null, or float because of one null
    return column
