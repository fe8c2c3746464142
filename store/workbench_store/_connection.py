"""Open the file, run one transaction, close it: 10 ms, and nobody is shut out for longer than that.

Connections are always read-write. DuckDB refuses a process that opens one file both ways, and a reader shuts
writers out just as a writer does, so there is nothing to gain from the read-only mode.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from workbench_store._errors import StoreBusyError, StoreError, first_line
from workbench_store._lock import attempts, busy_message, file_lock

_MAGIC = slice(8, 12)
# Extensions outside the wheel would be fetched from the network.
_SETTINGS = ("autoinstall_known_extensions", "autoload_known_extensions")


@contextlib.contextmanager
def exclusive(path: Path, timeout: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """Hold the lock beside the store and a connection to it, both released on leaving.

    Raises
    ------
    StoreBusyError
        If it did not become free within `timeout` seconds.
    StoreError
        If `path` cannot be a store.
    """
    check_path(path)
    deadline = time.monotonic() + timeout
    with file_lock(path.with_name(path.name + ".lock"), deadline):
        con = connect(path, deadline)
        try:
            yield con
        finally:
            con.close()


def connect(path: Path, deadline: float) -> duckdb.DuckDBPyConnection:
    """Open `path`, waiting until `deadline` for a process that opened it without our lock."""
    error: duckdb.Error | None = None
    for _ in attempts(deadline):
        try:
            return _configured(duckdb.connect(str(path)))
        except duckdb.Error as err:
            error = err
            if not _is_lock_refusal(err):
                raise StoreError(f"cannot open the store {path}: {first_line(err)}") from err
    holder = re.search(r"PID (\d+)", str(error))
    pid = int(holder[1]) if holder else None
    raise StoreBusyError(busy_message(path, pid), holder=pid) from error


@contextlib.contextmanager
def in_transaction(con: duckdb.DuckDBPyConnection, *, read_only: bool = False) -> Iterator[None]:
    """Commit what the block wrote, or undo all of it when the block raises.

    Raises
    ------
    StoreError
        For any DuckDB error in the block, with its first line.
    """
    con.execute("BEGIN TRANSACTION READ ONLY" if read_only else "BEGIN TRANSACTION")
    try:
        yield
        con.execute("COMMIT")
    except BaseException as err:
        with contextlib.suppress(duckdb.Error):  # DuckDB has undone a failed COMMIT already
            con.execute("ROLLBACK")
        if isinstance(err, duckdb.Error):
            raise StoreError(f"the store refused: {first_line(err)}") from err
        raise


def check_path(path: Path) -> None:
    """Refuse a path that is no DuckDB file and cannot become one, before anything touches it.

    Raises
    ------
    StoreError
        If the folder is missing, or the file is something else.
    """
    if not path.parent.is_dir():
        raise StoreError(f"the folder of the store {path} does not exist; create it, or choose another path.")
    if path.is_dir():
        raise StoreError(f"the store {path} is a folder; name a file, such as {path / 'workbench.duckdb'}.")
    if path.exists() and not _has_magic(path):
        raise StoreError(
            f"{path} is not a DuckDB file, so it cannot be a store; it was left as it is. Name another file."
        )


def check_exists(path: Path) -> None:
    """Refuse to read a store that was never written.

    Raises
    ------
    StoreError
        If there is no such file.
    """
    if not path.exists():
        raise StoreError(f"there is no store {path} yet; run something first, or point to the right file.")


def _has_magic(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(_MAGIC.stop)[_MAGIC] == b"DUCK"
    except OSError as err:
        raise StoreError(f"cannot read the store {path}: {err.strerror}.") from err


def _configured(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    for setting in _SETTINGS:
        con.execute(f"SET {setting} = false")
    return con


def _is_lock_refusal(error: duckdb.Error) -> bool:
    text = str(error).lower()
    return "conflicting lock" in text or "could not set lock" in text or "used by another process" in text
