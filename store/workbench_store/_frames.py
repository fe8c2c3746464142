"""Frames into tables and back, in bulk: registered with DuckDB and inserted by name, never row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from workbench_store._errors import StoreError

if TYPE_CHECKING:
    import duckdb

KEYS: dict[str, tuple[str, ...]] = {
    "bars": ("series", "revision", "time"),
    "fetches": ("series", "fetched_at", "asked_until"),
    "forecasts": ("run", "model", "symbol", "seed", "fold", "origin", "step"),
    "scores": ("run", "model", "symbol", "seed", "fold", "step", "space", "metric"),
    "learning": ("run", "model", "symbol", "seed", "fold", "epoch"),
    "signals": ("run", "model", "seed", "origin", "symbol"),
    "equity": ("run", "model", "seed", "time"),
    "backtests": ("run", "model", "seed", "metric"),
    "plugins": ("run", "kind", "name", "distribution"),
    "forward": ("forward", "model", "symbol", "seed", "step"),
    "forward_signals": ("forward", "model", "symbol"),
}
"""Keys of the tables without an index. `orders` and `trades` have none: one bar may see several."""

_WRITTEN_BY_FOLD = {"forecasts", "learning"}


def insert_frame(
    con: duckdb.DuckDBPyConnection,
    table: str,
    frame: pd.DataFrame,
    *,
    replacing: Sequence[str] = (),
    **constants: str | int | datetime,
) -> None:
    """Append the rows of `frame` to `table`, matching columns by name.

    Parameters
    ----------
    con : connection
        Inside a transaction.
    table : str
        Name of a table.
    frame : DataFrame
        Its columns are a subset of the table's; those it lacks become null, and so does NaN. Moments with a
        zone are turned into UTC; those without are UTC.
    replacing : sequence of str
        Columns: first delete the rows of the table that agree in all of them with a row of `frame`.
    **constants : str, int or datetime
        Columns with the same value in every row, such as `run`.

    Raises
    ------
    StoreError
        For an unknown column, a value of the wrong type, or two rows with one key.
    """
    columns = _columns(con, table)
    rows = _storable_rows(table, frame, columns, constants, replacing)
    casts = ", ".join(f"CAST({name} AS {columns[name].type}) AS {name}" for name in rows.columns)
    con.register("incoming", rows)
    if replacing:
        owners = f"SELECT DISTINCT {', '.join(replacing)} FROM (SELECT {casts} FROM incoming)"
        agree = " AND ".join(f"t.{name} IS NOT DISTINCT FROM o.{name}" for name in replacing)
        con.execute(f"DELETE FROM {table} AS t USING ({owners}) AS o WHERE {agree}")
    con.execute(f"INSERT INTO {table} BY NAME SELECT {casts} FROM incoming")
    con.unregister("incoming")


def load_frame(con: duckdb.DuckDBPyConnection, table: str, run: str) -> pd.DataFrame:
    """Read the rows of one run, without its `run` column.

    They come in the order they were written in; where folds are written one by one, in whatever order they finish,
    in the order of the table's key.
    """
    order = ", ".join(KEYS[table]) if table in _WRITTEN_BY_FOLD else "rowid"
    return con.execute(f"SELECT * EXCLUDE (run) FROM {table} WHERE run = ? ORDER BY {order}", [run]).df()


class _Column(NamedTuple):
    type: str
    is_nullable: bool


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, _Column]:
    # Ten times as fast as asking duckdb_columns(), which looks at every column of the file.
    found = con.execute(f"DESCRIBE {table}").fetchall()
    return {name: _Column(data_type, nullable == "YES") for name, data_type, nullable, *_ in found}


def _storable_rows(
    table: str,
    frame: pd.DataFrame,
    columns: Mapping[str, _Column],
    constants: Mapping[str, str | int | datetime],
    required: Sequence[str],
) -> pd.DataFrame:
    rows = frame.copy(deep=False)
    for name, value in constants.items():
        rows[name] = value
    _check_columns(table, rows, columns)
    for name in set(required) - set(rows.columns):
        rows[name] = None
    rows = pd.DataFrame({name: _storable(rows[name], columns[name].type) for name in rows.columns})
    _check_key(table, rows)
    return rows


def _check_columns(table: str, rows: pd.DataFrame, columns: Mapping[str, _Column]) -> None:
    unknown = [str(name) for name in rows.columns if name not in columns]
    if unknown:
        raise StoreError(f"table {table} has no column {', '.join(unknown)}; its columns are {', '.join(columns)}.")
    needed = [name for name, column in columns.items() if not column.is_nullable]
    missing = [name for name in needed if name not in rows.columns]
    if missing and len(rows):
        raise StoreError(f"rows for table {table} lack {', '.join(missing)}; they need {', '.join(needed)}.")


def _check_key(table: str, rows: pd.DataFrame) -> None:
    key = [name for name in KEYS.get(table, ()) if name in rows.columns]
    if key and rows.duplicated(key).any():
        first = rows.loc[rows.duplicated(key), key].iloc[0].to_dict()
        raise StoreError(f"two rows for table {table} have the same key {first}; every row needs a key of its own.")


def _storable(column: pd.Series[Any], data_type: str) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        # Left to DuckDB, the cast would go through the time zone of this machine.
        naive: pd.Series[Any] = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return naive
    if data_type in ("BIGINT", "INTEGER"):
        return _whole_numbers(column)
    return column


def _whole_numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    # The column may be all null, or float because of one null.
    try:
        return column.astype("Int64")
    except (TypeError, ValueError) as err:
        raise StoreError(f"column {column.name!r} must hold whole numbers or nothing, and does not: {err}.") from err
