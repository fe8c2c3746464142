"""Everything Workbench raises on purpose, in one small hierarchy.

The command line turns a `RequestError` into exit code 2 (the request was wrong) and every other
`WorkbenchError` into exit code 1 (the answer is no).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class WorkbenchError(Exception):
    """Base of all errors raised by Workbench itself."""


class RequestError(WorkbenchError):
    """What was asked for cannot be done as asked; nothing was computed or written."""


class ExperimentError(RequestError):
    """An experiment is malformed: unknown key, wrong type, value out of bounds."""


class UnknownPluginError(RequestError):
    """No plugin, or more than one, answers to a name."""


class DataError(RequestError):
    """A series is missing, too short, or not what the experiment needs."""


class StoreError(RequestError):
    """The store cannot be opened, read or written."""


class RunNotFoundError(RequestError):
    """A text names no run of the store, or more than one."""


class PluginError(WorkbenchError):
    """A plugin broke its contract: it could not be loaded, raised, or returned something else."""


class RunFailedError(WorkbenchError):
    """A run stopped before its end; what it had finished is in the store and can be resumed."""


class FitStopped(WorkbenchError):
    """A fit need not be finished: raised by `report`, for a forecaster to let through; a search catches it."""


class NotSaveable(WorkbenchError):
    """A fitted forecaster cannot be saved; Workbench refits it from the stored bars instead."""


class WorkbenchWarning(UserWarning):
    """Category of every warning Workbench gives, so that it can be filtered."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"` for the nearest of `known`, or nothing.

    Parameters
    ----------
    name : str
        What was asked for.
    known : iterable of str
        What there is.

    Returns
    -------
    str
        A sentence with a leading blank, or the empty string.
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
