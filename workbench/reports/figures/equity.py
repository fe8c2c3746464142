"""What one unit of money became, and how deep it fell on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.plan.resolve import BUY_AND_HOLD
from workbench.reports.data.equity import drawdowns, growth
from workbench.reports.data.models import shown_name
from workbench.reports.figures.canvas import WIDE, date_axis, legend, line, percent_axis, stacked, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.runs.run import Run


def draw(run: Run, *, model: str | None = None, width: float = WIDE) -> Figure:
    """Draw equity and drawdown after costs; see `workbench.reports.figures.draw`."""
    curves = growth(run, model=model)
    falls = drawdowns(curves)
    with style():
        heights = (2.7, 1.3)
        figure, (top, bottom) = stacked(heights, width=width)
        drawn = []
        for label in reversed(curves.columns):  # the forecaster lies on top
            role = _role(run, str(label), str(curves.columns[0]))
            drawn.append(line(top, curves[label].dropna(), role, shown_name(str(label))))
            line(bottom, falls[label].dropna(), role, linewidth=1.0)
        top.set_title("What 1 became, after costs")
        bottom.set_title("Below the highest close so far")
        percent_axis(bottom)
        date_axis(bottom)
        legend(figure, drawn[::-1])
    return figure


def _role(run: Run, label: str, first: str) -> str:
    if label == first:
        return "model"
    return "buy_and_hold" if label == BUY_AND_HOLD else "persistence"
