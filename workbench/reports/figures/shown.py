"""A figure that a notebook shows by itself."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

_DOTS_PER_INCH = 72


class ShownFigure(Figure):
    """A matplotlib figure whose picture a notebook shows, without pyplot and whatever the backend."""

    def _repr_png_(self) -> bytes:
        png = io.BytesIO()
        self.savefig(png, format="png", dpi=_DOTS_PER_INCH)
        return png.getvalue()
