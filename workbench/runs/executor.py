"""Running independent fits on this machine."""

from __future__ import annotations

import itertools
import os
import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from workbench.errors import RequestError
from workbench.registry.local import import_file, local_files

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

PATIENCE_SECONDS = 3.0
"""Work done in this process before others are started: starting them costs about as much."""


class LocalExecutor:
    """Runs work here, and on worker processes once it turns out to be long.

    Where a piece runs never changes its result: every fit uses one thread and its own seed.

    Parameters
    ----------
    workers : int, optional
        Processes at most; 1 keeps everything in this one. By default the number of cores.
    """

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and (not isinstance(workers, int) or workers < 1):
            raise RequestError(f"`workers` is {workers!r}; expected a whole number of processes, at least 1.")
        self.workers = workers or os.cpu_count() or 1

    def map_unordered(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield `function(item)` for each item, in the order in which they finish."""
        waiting = iter(items)
        started = time.monotonic()
        for item in waiting:
            yield function(item)
            if self.workers > 1 and time.monotonic() - started > PATIENCE_SECONDS:
                break
        rest = list(itertools.islice(waiting, 2))
        if len(rest) < 2:
            yield from map(function, rest)
            return
        yield from self._in_processes(function, itertools.chain(rest, waiting))

    def _in_processes(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        import cloudpickle
        import joblib

        pool = joblib.Parallel(
            n_jobs=self.workers,
            backend="loky",
            return_as="generator_unordered",
            batch_size=1,
            pre_dispatch="2*n_jobs",
        )
        files = local_files()
        yield from pool(joblib.delayed(_call_packed)(files, cloudpickle.dumps((function, item))) for item in items)


def _call_packed(files: list[str], packed: bytes) -> Any:
    """Do one piece in a worker, which first imports the plugin files and packages that the piece refers to."""
    for file in files:
        import_file(Path(file))
    function, item = pickle.loads(packed)  # what this machine's own driver packed a moment ago
    return function(item)
