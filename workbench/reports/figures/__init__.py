"""Figures of a run, each drawn by matplotlib from frames of `workbench.reports.data`."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.runs.run import Run

__all__ = ["KINDS", "draw"]

KINDS = ("forecast", "error", "learning", "equity")


def draw(run: Run, kind: str, **options: Any) -> Figure:
    """Draw one of the figures of the report.

    Parameters
    ----------
    run : Run
    kind : {"forecast", "error", "learning", "equity"}
    **options
        `forecast` takes `symbol`, `model`, `step` and `zoom` (bars in the close-up), `error` takes `symbol` and
        `model`, `learning` and `equity` take `model`; all take `width` in inches. Below 6 inches the panels of a
        figure stand under one another, which suits a phone.

    Returns
    -------
    matplotlib.figure.Figure
        Made without pyplot, so that nothing has to be closed; `figure.savefig("file.svg")` writes it.

    Raises
    ------
    RequestError
        The kind or an option is unknown, or the run has nothing of the kind to show.
    """
    if kind not in KINDS:
        raise RequestError(f"there is no figure {kind!r}.{did_you_mean(kind, KINDS)} There are: {', '.join(KINDS)}.")
    function = _drawing(kind)
    known = list(inspect.signature(function).parameters)[1:]
    for name in options:
        if name not in known:
            listed = ", ".join(known)
            raise RequestError(
                f"the figure {kind!r} has no option `{name}`.{did_you_mean(name, known)} It takes {listed}."
            )
    return function(run, **options)


def _drawing(kind: str) -> Callable[..., Figure]:
    drawing: Callable[..., Figure] = importlib.import_module(f"{__name__}.{kind}").draw
    return drawing
