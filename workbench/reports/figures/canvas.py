"""What all figures share: colours, panels, lines that are never longer than the eye can follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import FloatArray, IntArray
from workbench.reports.formats import shortened

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = 10.0
"""Inches of a figure on a screen."""
NARROW = 4.1
"""Inches of a figure on a phone."""

# Every colour is different, so that a report can exchange each for a colour of its own theme (see `svg`).
COLOURS = {
    "ink": "#24292f",
    "grid": "#d8dee4",
    "actual": "#57606a",
    "model": "#0a58ca",
    "persistence": "#b45309",
    "buy_and_hold": "#0f766e",
}
_DASHES = {"model": "-", "persistence": (0, (5, 2)), "buy_and_hold": (0, (2.5, 1)), "actual": "-"}
_POINTS_PER_INCH = 120


@contextmanager
def style() -> Iterator[None]:
    """Apply the look of our figures to what is made inside, and to nothing else."""
    import matplotlib

    settings: Any = {
        "font.size": 9.0,
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "axes.titlecolor": COLOURS["ink"],
        "axes.edgecolor": COLOURS["grid"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.xmargin": 0.01,
        "axes.formatter.useoffset": False,
        "axes.formatter.limits": (-7, 9),
        "grid.color": COLOURS["grid"],
        "grid.linewidth": 0.6,
        "xtick.color": COLOURS["ink"],
        "ytick.color": COLOURS["ink"],
        "xtick.major.size": 0.0,
        "ytick.major.size": 0.0,
        "text.color": COLOURS["ink"],
        "text.parse_math": False,  # a symbol such as $SPX is no formula
        "lines.linewidth": 1.2,
        "legend.frameon": False,
        "legend.fontsize": 9.0,
    }
    with matplotlib.rc_context(settings):
        yield


def panels(
    n: int, *, width: float, height: float = 3.0, ratios: Sequence[float] | None = None
) -> tuple[Figure, list[Axes]]:
    """Make a figure of `n` panels: side by side, or under one another where that would be too narrow.

    Parameters
    ----------
    n : int
    width : float
        Of the whole figure, in inches.
    height : float
        Of each row of panels, in inches.
    ratios : sequence of float, optional
        Relative widths of panels side by side.
    """
    is_row = width >= 6.0
    figure = _new_figure(width, height if is_row else height * 0.85 * n)
    shape: dict[str, Any] = {"nrows": n}
    if is_row:
        shape = {"ncols": n, "width_ratios": ratios[:n] if ratios else None}
    return figure, list(figure.subplots(**shape, squeeze=False).ravel())


def stacked(heights: Sequence[float], *, width: float) -> tuple[Figure, list[Axes]]:
    """Make a figure of panels under one another that share their horizontal axis; heights in inches."""
    figure = _new_figure(width, sum(heights))
    axes = figure.subplots(nrows=len(heights), height_ratios=heights, sharex=True, squeeze=False)
    return figure, list(axes.ravel())


def _new_figure(width: float, height: float) -> Figure:
    from workbench.reports.figures.shown import ShownFigure

    return ShownFigure(figsize=(width, height), layout="constrained")


def line(axes: Axes, values: pd.Series, role: str, label: str | None = None, **options: Any) -> Any:
    """Draw a series against its index in the colour of its role; points no eye can tell apart are left out."""
    index, y = values.index.to_numpy(), values.to_numpy(dtype=np.float64)
    kept = visible_points(y, round(_POINTS_PER_INCH * _inches(axes)))
    look = {"color": COLOURS[role], "linestyle": _DASHES[role], **options}
    (drawn,) = axes.plot(index[kept], y[kept], label=label, **look)
    return drawn


def visible_points(y: FloatArray, limit: int) -> IntArray:
    """Return at most about `limit` positions: the first, last, lowest and highest of each stretch.

    Extremes survive, which picking every k-th point would lose.
    """
    if len(y) <= limit:
        return np.arange(len(y))
    kept: set[int] = set()
    for part in np.array_split(np.arange(len(y)), max(1, limit // 4)):
        values = y[part]
        low, high = np.where(np.isnan(values), np.inf, values), np.where(np.isnan(values), -np.inf, values)
        kept |= {int(part[0]), int(part[-1]), int(part[low.argmin()]), int(part[high.argmax()])}
    return np.array(sorted(kept), dtype=np.int64)


def date_axis(axes: Axes) -> None:
    """Write dates briefly, and few of them where the panel is narrow."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    # With at least 3 and at most 7 ticks there is an interval for every span; with fewer allowed there is not.
    locator = AutoDateLocator(minticks=3, maxticks=max(7, round(1.4 * _inches(axes))))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _inches(axes: Axes) -> float:
    """Width of a panel, roughly: the layout is settled only when the figure is written."""
    return float(axes.bbox.width / axes.figure.dpi)


def legend(figure: Figure, lines: Sequence[Any]) -> None:
    """Put one legend above all panels."""
    labels = [shortened(str(drawn.get_label()), 44) for drawn in lines]
    columns = len(lines) if figure.get_figwidth() >= 6.0 else 1 if max(map(len, labels)) > 16 else 2
    figure.legend(lines, labels, loc="outside upper left", ncols=columns, handlelength=2.2, columnspacing=1.4)


def percent_axis(axes: Axes) -> None:
    """Write fractions on the vertical axis as percent."""
    from matplotlib.ticker import FuncFormatter

    axes.yaxis.set_major_formatter(FuncFormatter(_percent))


def _percent(value: float, position: object) -> str:
    return f"{100 * value:.6g} %".replace("-", "\N{MINUS SIGN}")
