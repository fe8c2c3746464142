"""A progress bar on standard error."""

from __future__ import annotations

from typing import Any


class ProgressBar:
    """Called with (done, total, what) after each fit; draws a bar while there is something left."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, done: int, total: int, what: str) -> None:
        """Draw the state of the run."""
        if self._bar is None:
            self._start(total)
        self._bar.update(self._task, completed=done, description=what)
        if done >= total:
            self._bar.stop()
            self._bar = None

    def _start(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=total)
