"""`calling`: the one way in which the core calls a plugin, so that whatever happens has a name."""

from __future__ import annotations

import itertools
import sys
import textwrap
import threading
import time
import traceback
from types import TracebackType

from workbench.contracts.origin import OWN_DISTRIBUTION, Origin, described, file_of, origin_of
from workbench.contracts.plugin import Plugin
from workbench.errors import PluginError, WorkbenchError

_LONGEST_REASON = 600


class calling:
    """Call a plugin: whatever it raises becomes a `PluginError` that names it.

    What Workbench's own errors say is left as it is: a plugin raises those on purpose. Ctrl-C passes, and is told
    which plugin was at work. A call that takes very long is named on standard error.

    Parameters
    ----------
    plugin : Plugin or Plugin subclass
        Whose code is called.
    what : str
        The method, such as `compute`.
    watched : bool, default=True
        False where taking long is usual, as in `fit`.

    Raises
    ------
    PluginError
        The plugin raised something else than a `WorkbenchError`; `sys.exit` counts.

    Examples
    --------
    >>> with calling(feature, "compute"):  # doctest: +SKIP
    ...     answer = feature.compute(bars)
    """

    __slots__ = ("_plugin", "_ticket", "_watched", "_what")

    def __init__(self, plugin: Plugin | type[Plugin], what: str, *, watched: bool = True) -> None:
        self._plugin = plugin
        self._what = what
        self._watched = watched

    def __enter__(self) -> None:
        if self._watched:
            self._ticket = _WATCH.begin(self._plugin, self._what)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._watched:
            _WATCH.end(self._ticket)
        if isinstance(error, KeyboardInterrupt) and not error.args:
            error.args = (f"interrupted while {described(self._plugin)} was in {self._what}",)
        elif isinstance(error, (Exception, SystemExit)) and not isinstance(error, WorkbenchError):
            raise PluginError(failure(self._plugin, self._what, error)) from error


def failure(plugin: Plugin | type[Plugin], what: str, error: BaseException) -> str:
    """Say in one paragraph which plugin failed, where, with what, and what to do."""
    cls = plugin if isinstance(plugin, type) else type(plugin)
    reason = textwrap.shorten(f"{type(error).__name__}: {_text(error)}", _LONGEST_REASON).rstrip(":.")
    return f"{described(plugin)} failed in {what}{_line(cls, error)}: {reason}. {advice(origin_of(cls))}"


def advice(origin: Origin) -> str:
    """Say what to do about a plugin that failed, whoever wrote it."""
    if origin.is_local:
        return "Mend it; `--debug` shows the traceback."
    if origin.distribution == OWN_DISTRIBUTION:
        return "This looks like a fault of Workbench: please report it with the traceback that `--debug` shows."
    leave = f"leave it out with `--no-plugin {origin.distribution}`"
    return f"Tell its author, with the traceback that `--debug` shows, or {leave}."


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # a stranger's exception may not even print
        return "(its text cannot be shown)"


def _line(cls: type, error: BaseException) -> str:
    """Name the last line of the plugin's own file on the way to the error, if there is one."""
    file = file_of(cls)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if file and frame.filename == file]
    return f" (line {lines[-1]})" if lines else ""


class Watch:
    """Names calls that take very long, in a thread that is there only while something is being called.

    Beginning and ending a call costs about a microsecond: the thread looks at what is going on now and then,
    and ends once it finds nothing.

    Parameters
    ----------
    patience : float
        Seconds after which a call is named.
    again : float
        Seconds after which it is named again.
    """

    def __init__(self, patience: float = 30.0, again: float = 180.0) -> None:
        self._patience = patience
        self._again = again
        self._calls: dict[int, tuple[float, Plugin | type[Plugin], str]] = {}
        self._named: dict[int, float] = {}
        self._tickets = itertools.count()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, plugin: Plugin | type[Plugin], what: str) -> int:
        """Note that a call begins, and return its ticket."""
        ticket = next(self._tickets)
        with self._lock:
            self._calls[ticket] = (time.monotonic(), plugin, what)
            if self._thread is None or not self._thread.is_alive():  # none is alive in a forked process
                self._thread = threading.Thread(target=self._look, name="workbench-watch", daemon=True)
                self._thread.start()
        return ticket

    def end(self, ticket: int) -> None:
        """Note that a call has ended."""
        self._calls.pop(ticket, None)

    def _look(self) -> None:
        while True:
            time.sleep(self._patience / 6)
            with self._lock:
                if not self._calls:
                    self._thread = None
                    self._named.clear()
                    return
                going_on = list(self._calls.items())
            for ticket, (began, plugin, what) in going_on:
                self._name(ticket, time.monotonic() - began, plugin, what)

    def _name(self, ticket: int, seconds: float, plugin: Plugin | type[Plugin], what: str) -> None:
        due = self._named[ticket] + self._again if ticket in self._named else self._patience
        if seconds >= due:
            self._named[ticket] = seconds
            print(
                f"note: {described(plugin)} has been in {what} for {seconds:.0f} s; "
                f"Ctrl-C stops the run, and what it had finished is kept.",
                file=sys.stderr,
            )


_WATCH = Watch()
