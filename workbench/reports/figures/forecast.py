"""Forecast against actual: the whole test, and its end close up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.errors import RequestError
from workbench.reports.data.forecast import ForecastLines, forecast_lines
from workbench.reports.figures.canvas import COLOURS, WIDE, date_axis, legend, line, panels, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from workbench.runs.run import Run


def draw(
    run: Run,
    *,
    symbol: str | None = None,
    model: str | None = None,
    step: int | None = None,
    zoom: int = 60,
    width: float = WIDE,
) -> Figure:
    """Draw forecast, persistence and what happened; see `workbench.reports.figures.draw`."""
    if zoom < 2:
        raise RequestError(f"`zoom` is {zoom}; expected the number of bars in the close-up, at least 2.")
    found = forecast_lines(run, symbol=symbol, model=model, step=step)
    unit = "Price" if found.in_price else "Value in target units"
    ahead = "1 bar ahead" if found.step == 1 else f"{found.step} bars ahead"
    has_close_up = len(found.lines) > zoom
    with style():
        figure, axes = panels(2 if has_close_up else 1, width=width, height=3.4, ratios=(3, 2))
        drawn = _lines(axes[0], found, found.lines)
        axes[0].set_title(f"{unit}, forecast {ahead}")
        if has_close_up:
            _lines(axes[1], found, found.lines.iloc[-zoom:], linewidth=1.6)
            axes[1].set_title(f"The last {zoom} bars")
        legend(figure, drawn)
    return figure


def _lines(axes: Axes, found: ForecastLines, rows: pd.DataFrame, **options: Any) -> list[Any]:
    drawn = []
    for place, band in enumerate(found.bands):
        low, high = rows[band.low], rows[band.high]
        look: dict[str, Any] = {"color": COLOURS["model"], "alpha": 0.12 + 0.1 * place, "linewidth": 0}
        drawn.append(axes.fill_between(rows.index, low, high, label=band.label, **look))
    actual = line(axes, rows["actual"], "actual", "actual", **{**options, "linewidth": 2.0})
    if "persistence" in rows:
        drawn.append(line(axes, rows["persistence"], "persistence", "persistence", **options))
    drawn.append(line(axes, rows["forecast"], "model", found.model, **options))
    date_axis(axes)
    return [actual, *drawn]
