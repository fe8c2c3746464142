"""One process at a time: a lock file beside the store, held only for the length of a transaction.

DuckDB has a lock of its own, but it refuses at once instead of waiting. This one queues with a bounded,
jittered retry. The file stays behind when it is released: removing it would let two processes lock two files
of one name.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from workbench_store._errors import StoreBusyError, StoreError

_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.1

if sys.platform == "win32":
    import msvcrt

    # Windows forbids reading a locked byte; locking one far behind the pid keeps the pid readable.
    _LOCKED_BYTE = 1 << 30

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        # flock belongs to the open file, so that two threads of one process exclude each other too.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def attempts(deadline: float) -> Iterator[None]:
    """Yield once, then again after each random pause until `deadline` (on the monotonic clock)."""
    yield
    pause = _FIRST_PAUSE
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, pause * random.uniform(0.5, 1.5)))
        pause = min(2 * pause, _LONGEST_PAUSE)
        yield


@contextlib.contextmanager
def file_lock(path: Path, deadline: float) -> Iterator[None]:
    """Hold the lock file `path`, with our process id inside it.

    Raises
    ------
    StoreBusyError
        If somebody else still holds it at `deadline`; names their process.
    StoreError
        If the lock file cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as err:
        raise StoreError(
            f"cannot make the lock file {path}: {err.strerror}; the store needs a writable folder."
        ) from err
    try:
        _wait_for(descriptor, path, deadline)
        try:
            _write_pid(descriptor)
            yield
        finally:
            _unlock(descriptor)
    finally:
        os.close(descriptor)


def busy_message(store: Path, holder: int | None) -> str:
    """Say who has the store and what to do."""
    if holder == os.getpid():
        who = "this very process (another thread, or a transaction that is still open)"
    elif holder is None:
        who = "another process"
    else:
        who = f"the process with PID {holder}"
    return f"the store {store} is in use by {who}; close it there, or wait until it is done, and try again."


def _wait_for(descriptor: int, path: Path, deadline: float) -> None:
    for _ in attempts(deadline):
        with contextlib.suppress(OSError):
            return _try_lock(descriptor)
    holder = _read_pid(descriptor)
    raise StoreBusyError(busy_message(path.with_suffix(""), holder), holder=holder)


def _write_pid(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, str(os.getpid()).encode())


def _read_pid(descriptor: int) -> int | None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 32)
    return int(text) if text.isdigit() else None
