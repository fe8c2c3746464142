"""A small drawing of closes, made without a plotting library: a page of many symbols draws each in no time."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from workbench.contracts.arrays import FloatArray, IntArray
from workbench.data.description import SymbolDescription
from workbench.reports.figures.canvas import visible_points
from workbench.reports.html import render

_WIDTH, _HEIGHT, _MARGIN = 600, 110, 4
_POINTS = 500


def sparkline(found: SymbolDescription, name: str) -> Markup:
    """Draw the closes, those of the test in another colour, and the range of those before.

    Parameters
    ----------
    found : SymbolDescription
    name : str
        Unique on the page.
    """
    values: FloatArray = np.asarray(found.lines.close, dtype=np.float64)
    border = found.lines.test_from
    if len(values) < 2:
        return Markup("")
    kept = visible_points(values, _POINTS)
    has_border = 0 < border < len(values)
    before = kept[kept < border] if has_border else kept
    test = np.concatenate([[border - 1], kept[kept >= border]]) if has_border else kept[:0]
    low, high = _levels(values, np.array([values[:border].min(), values[:border].max()])) if has_border else (0.0, 0.0)
    return render(
        "sparkline.html",
        name=name,
        symbol=found.symbol,
        box=f"0 0 {_WIDTH} {_HEIGHT}",
        before=_points(values, before),
        test=_points(values, test),
        band=(_MARGIN, f"{high:.1f}", _WIDTH - 2 * _MARGIN, f"{max(low - high, 0.5):.1f}") if has_border else None,
    )


def _points(values: FloatArray, kept: IntArray) -> str:
    across = _MARGIN + kept / (len(values) - 1) * (_WIDTH - 2 * _MARGIN)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, _levels(values, values[kept]), strict=True))


def _levels(values: FloatArray, some: FloatArray) -> FloatArray:
    """Heights of some values in a drawing of all, counted from its top."""
    low, high = values.min(), values.max()
    share = (some - low) / (high - low) if high > low else np.full(len(some), 0.5)
    levels: FloatArray = _MARGIN + (1 - share) * (_HEIGHT - 2 * _MARGIN)
    return levels
