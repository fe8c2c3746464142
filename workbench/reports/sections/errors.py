"""Error by step and over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.reports import formats
from workbench.reports.data.error import error_curves
from workbench.reports.html import figure, paragraph

if TYPE_CHECKING:
    from workbench.runs.run import Run


def render(run: Run) -> str:
    """Return the figure and what to read from it."""
    if run.headline == run.persistence:
        return paragraph(f"{run.headline} is persistence itself; there is nothing to compare it with.")
    saved = float(error_curves(run).over_time["saved"].iloc[-1])
    outcome = f"saved {formats.percent(saved)} of" if saved >= 0 else f"added {formats.percent(-saved)} to"
    intro = (
        f"Over the whole test {run.headline} {outcome} the squared error of {run.persistence}. Where the last panel "
        f"rises, {run.headline} was the better one; skill that comes from one short stretch is likely to be luck."
    )
    drawing = figure(
        run,
        "error",
        name="error",
        title=f"Error of {run.headline} and {run.persistence}",
        description=f"RMSE in multiples of that of {run.persistence} over the whole test (1 is “tomorrow = today”), "
        "and the squared error saved against it so far, as a share of all of it.",
    )
    return paragraph(intro) + drawing
