"""Where skill comes from: error by step, and over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.reports.data.error import ErrorCurves, error_curves
from workbench.reports.figures.canvas import COLOURS, WIDE, date_axis, legend, line, panels, percent_axis, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from workbench.runs.run import Run


def draw(run: Run, *, symbol: str | None = None, model: str | None = None, width: float = WIDE) -> Figure:
    """Draw errors of a model beside persistence; see `workbench.reports.figures.draw`."""
    found = error_curves(run, model=model, symbol=symbol)
    with style():
        has_steps = len(found.by_step) > 1
        figure, axes = panels(3 if has_steps else 2, width=width)
        drawn = _rolling(axes[-2], found)
        _saved(axes[-1], found)
        if has_steps:
            _steps(axes[0], found)
        legend(figure, drawn)
    return figure


def _steps(axes: Axes, found: ErrorCurves) -> None:
    from matplotlib.ticker import MaxNLocator

    line(axes, found.by_step["persistence"], "persistence", marker="s", markersize=3.5)
    line(axes, found.by_step["model"], "model", marker="o", markersize=3.5)
    axes.set_title("RMSE by bars ahead")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))


def _rolling(axes: Axes, found: ErrorCurves) -> list[Any]:
    drawn = [
        line(axes, found.over_time["persistence"], "persistence", "persistence"),
        line(axes, found.over_time["model"], "model", found.model),
    ]
    axes.set_title(f"RMSE over {found.window} origins")
    date_axis(axes)
    return drawn


def _saved(axes: Axes, found: ErrorCurves) -> None:
    axes.axhline(0.0, color=COLOURS["persistence"], linewidth=1.0, linestyle=(0, (5, 2)))
    line(axes, found.over_time["saved"], "model")
    axes.set_title("Squared error saved so far")
    percent_axis(axes)
    date_axis(axes)
