"""Calling the code of strangers while plugins are found: whatever it does instead of returning is survived."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TypeVar

from workbench.errors import RequestError, WorkbenchError

_T = TypeVar("_T")

PATIENCE_SECONDS = 15.0
"""How long a plugin may take to be imported, or to say what it offers; `WORKBENCH_PLUGIN_SECONDS` changes it."""
_AGAIN_SECONDS = 1.0
_LONGEST_REASON = 600


class Fault(Exception):
    """What a plugin did instead of returning.

    Parameters
    ----------
    reason : str
        In words: `raised KeyError: 'close'`, or `did not end within 15 s`.
    error : BaseException
        What it raised.
    """

    def __init__(self, reason: str, error: BaseException) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error

    def sentence(self, what: str) -> str:
        """Say what failed and how; Workbench's own errors are sentences already."""
        colon = ":" if isinstance(self.error, WorkbenchError) else ""
        return f"{what}{colon} {self.reason}"


class OutOfTime(BaseException):
    """Raised inside a call that takes too long; no `except Exception` of a plugin stops it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


def guarded(
    call: Callable[[], _T], what: str, *, limited: bool = True, shown: Callable[[_T], str] = lambda _: "done"
) -> _T:
    """Return `call()`; say on standard error what came back when `WORKBENCH_TRACE` is set.

    Parameters
    ----------
    call : callable
        Runs code of a plugin.
    what : str
        What is called, and whose it is, for the trace.
    limited : bool, default=True
        Whether it is stopped when it takes too long. It can be on platforms that have `signal.setitimer`, in the
        main thread.
    shown : callable, optional
        What the trace says of the answer.

    Raises
    ------
    Fault
        The call raised something, `sys.exit` and an interrupt of its own included, or took too long.
    KeyboardInterrupt
        Somebody pressed Ctrl-C.
    """
    seconds = patience() if limited else math.inf
    started = time.perf_counter()
    try:
        with _noticing_interrupts() as pressed, time_limit(seconds):
            answer = call()
    except OutOfTime as err:
        fault = Fault(f"did not end within {err.seconds:g} s", err)
    except BaseException as err:
        fault = Fault(_reason(err), err)
    else:
        _heed(pressed)
        _trace(what, lambda: shown(answer), started)
        return answer
    _heed(pressed)
    _trace(what, lambda: fault.reason, started, fault.error)
    raise fault from fault.error


def _heed(pressed: list[int]) -> None:
    """Stop for Ctrl-C, even where the plugin caught it."""
    if pressed:
        raise KeyboardInterrupt


def patience() -> float:
    """Return the seconds a plugin may take, infinite when `WORKBENCH_PLUGIN_SECONDS` is 0.

    Raises
    ------
    RequestError
        The variable holds something else than a number of seconds.
    """
    text = os.environ.get("WORKBENCH_PLUGIN_SECONDS", "").strip()
    try:
        seconds = float(text or PATIENCE_SECONDS)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise RequestError(
            f"`WORKBENCH_PLUGIN_SECONDS` is {text!r}; expected the seconds a plugin may take, or 0 for no limit."
        )
    return seconds or math.inf


def in_words(error: BaseException) -> str:
    """Return type and text of an error on one line; a stranger's exception may not even print."""
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be shown)"
    return textwrap.shorten(f"{type(error).__name__}: {text}", _LONGEST_REASON).rstrip(": ")


def _reason(error: BaseException) -> str:
    return str(error).rstrip(".") if isinstance(error, WorkbenchError) else f"raised {in_words(error)}"


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in the block after `seconds`, unless a timer that is set already ends sooner."""
    can = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    earlier = signal.getitimer(signal.ITIMER_REAL) if can else (0.0, 0.0)
    if not can or math.isinf(seconds) or 0 < earlier[0] <= seconds:
        yield
        return

    def stop(_: int, __: FrameType | None) -> None:
        raise OutOfTime(seconds)

    started = time.monotonic()
    handler = signal.signal(signal.SIGALRM, stop)
    try:
        # Again and again: the first may be lost in a destructor or an `except:`.
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        finally:  # time may have run out this very moment
            signal.signal(signal.SIGALRM, handler or signal.SIG_DFL)
        if earlier[0]:
            left = max(earlier[0] - (time.monotonic() - started), 1e-6)
            signal.setitimer(signal.ITIMER_REAL, left, earlier[1])


@contextlib.contextmanager
def _noticing_interrupts() -> Iterator[list[int]]:
    """Yield a list that is empty until somebody presses Ctrl-C: a plugin may raise the same error by itself."""
    pressed: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield pressed
        return

    def notice(number: int, frame: FrameType | None) -> Any:
        pressed.append(number)
        return handler(number, frame)

    signal.signal(signal.SIGINT, notice)
    try:
        yield pressed
    finally:
        if signal.getsignal(signal.SIGINT) is notice:  # not if the plugin set one of its own
            signal.signal(signal.SIGINT, handler)


def tracing() -> bool:
    """Whether `WORKBENCH_TRACE` asks for a line per call."""
    return os.environ.get("WORKBENCH_TRACE", "") not in ("", "0")


def _trace(what: str, outcome: Callable[[], str], started: float, error: BaseException | None = None) -> None:
    if not tracing():
        return
    milliseconds = 1000 * (time.perf_counter() - started)
    print(f"workbench trace: {what}: {outcome()} ({milliseconds:.1f} ms)", file=sys.stderr)
    if error is not None:
        traceback.print_exception(error, file=sys.stderr)
