"""Stopping a plugin that does not come to an end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from workbench.testing.check import CheckFailure

CHECK_SECONDS = 300.0
"""Time that one check may take. The slowest of ours take 20 s, and machines may be busy with other things."""


class _OutOfTime(BaseException):
    """Time is up; not an `Exception`, so that no plugin catches it by accident."""


@contextmanager
def time_limit() -> Iterator[None]:
    """Fail if the block takes longer than `CHECK_SECONDS`.

    Only the main thread can be stopped, on platforms that have `signal.setitimer`.

    Raises
    ------
    CheckFailure
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGALRM, _stop)
    seconds = CHECK_SECONDS
    before, repeat = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again, should a destructor swallow the first
    try:
        yield
    except _OutOfTime:
        raise CheckFailure(f"it did not finish within {seconds:g} s.") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, before, repeat)
        signal.signal(signal.SIGALRM, previous)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _OutOfTime
