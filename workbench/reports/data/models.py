"""Which models of a run a figure or table is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.errors import RequestError, did_you_mean
from workbench.plan.resolve import BUY_AND_HOLD

if TYPE_CHECKING:
    from workbench.runs.run import Run


def shown_name(label: str) -> str:
    """Return what a model or benchmark is called in text."""
    return "buy and hold" if label == BUY_AND_HOLD else label


def pick(what: str, asked: str | None, known: Iterable[str], default: str) -> str:
    """Return `asked`, or `default` when nothing was asked for.

    Raises
    ------
    RequestError
        There is nothing of that name; the message lists what there is.
    """
    names = list(known)
    wanted = default if asked is None else asked
    if wanted not in names:
        listed = ", ".join(names) or "none"
        raise RequestError(f"the run has no {what} {wanted!r}.{did_you_mean(wanted, names)} There are: {listed}.")
    return wanted


def check_finished(run: Run) -> None:
    """Raise `RequestError` unless the run has results to show."""
    if run.status != "finished":
        raise RequestError(
            f"run {run.id} is {run.status}, so there is nothing to draw yet. Resume it, or load a finished run."
        )
