"""Small charts made of characters: a line, bars, and bars around zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

_BRAILLE = 0x2800
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""What each dot of a braille cell, four high and two wide, adds to its code."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True)
class Ink:
    """The characters that charts are drawn with."""

    unicode: bool

    @property
    def axis(self) -> str:
        """A vertical line beside a chart."""
        return "│" if self.unicode else "|"

    @property
    def floor(self) -> str:
        """A horizontal line below a chart."""
        return "─" if self.unicode else "-"

    @property
    def tick(self) -> str:
        """A place on the horizontal line that is labelled."""
        return "┬" if self.unicode else "+"

    @property
    def corner(self) -> str:
        """Where the two lines meet."""
        return "└" if self.unicode else "+"


def line_chart(values: pd.Series[float], *, width: int, height: int, ink: Ink, stamps: str) -> list[str]:
    """Draw a series over its bars, with prices at the left and dates below.

    Parameters
    ----------
    values : Series
        Finite numbers by time; bars are evenly spaced.
    width, height : int
        Characters of the whole chart, and rows of its inside.
    ink : Ink
    stamps : str
        How times are written below, as for `strftime`.
    """
    numbers: FloatArray = np.asarray(values, dtype=np.float64)
    low, high = float(numbers.min()), float(numbers.max())
    if high == low:
        low, high = low - max(abs(low) * 0.01, 1e-9), high + max(abs(high) * 0.01, 1e-9)
    ticks = _ticks(low, high, max(2, height // 2))
    labels = _labels(ticks)
    margin = max(map(len, labels)) + 1
    inside = max(width - margin - 1, 4)
    wide, tall = (2, 4) if ink.unicode else (1, 1)
    dots = _raster(numbers, low, high, inside * wide, height * tall)
    rows = _braille(dots) if ink.unicode else ["".join("*" if dot else " " for dot in row) for row in dots]
    at_row = {_row(tick, low, high, height): label for tick, label in zip(ticks, labels, strict=True)}
    drawn = [f"{at_row.get(i, ''):>{margin - 1}} {ink.axis}{row.rstrip()}" for i, row in enumerate(rows)]
    return [*drawn, *_dates(values.index, margin, inside, ink, stamps)]


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between `low` and `high`, at most `most` or so of them."""
    step = round_step((high - low) / most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)] or [low]


def round_step(wanted: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return power * next(step for step in (1, 2, 5, 10) if step * power >= wanted * (1 - 1e-9))


def _labels(ticks: Sequence[float]) -> list[str]:
    step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(ticks[0]) or 1.0
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{tick + 0.0:,.{digits}f}" for tick in ticks]


def _row(value: float, low: float, high: float, height: int) -> int:
    """Row of a value, the highest at the top."""
    return height - 1 - min(int((value - low) / (high - low) * height), height - 1)


def _raster(values: FloatArray, low: float, high: float, width: int, height: int) -> BoolArray:
    """Mark what a line through the values covers: in each column from the lowest to the highest there."""
    dots = np.zeros((height, width), dtype=np.bool_)
    levels = np.minimum(((values - low) / (high - low) * height).astype(np.int64), height - 1)
    bounds = np.linspace(0, len(levels) - 1, width + 1)
    previous: int | None = None
    for column in range(width):
        first, last = int(bounds[column]), max(int(bounds[column + 1]), int(bounds[column]) + 1)
        part = levels[first : min(last, len(levels) - 1) + 1] if column == width - 1 else levels[first:last]
        bottom, top = int(part.min()), int(part.max())
        if previous is not None:  # reach the column before, so that the line has no holes
            bottom, top = min(bottom, previous + 1), max(top, previous - 1)
        dots[height - 1 - top : height - bottom, column] = True
        previous = int(part[-1])
    return dots


def _braille(dots: BoolArray) -> list[str]:
    rows, columns = dots.shape[0] // 4, dots.shape[1] // 2
    cells = (dots.reshape(rows, 4, columns, 2) * _DOTS[None, :, None, :]).sum(axis=(1, 3))
    return ["".join(chr(_BRAILLE + int(code)) if code else " " for code in row) for row in cells]


def _dates(index: pd.Index[Any], margin: int, inside: int, ink: Ink, stamps: str) -> list[str]:
    """Return the line below a chart, and a few dates under it."""
    import pandas as pd

    length = len(pd.Timestamp(0).strftime(stamps))
    n_labels = max(1, min(len(index), (inside + 3) // (length + 3)))
    spacing = (inside - length) / max(n_labels - 1, 1)
    starts = [round(i * spacing) for i in range(n_labels)]
    floor, below = [ink.floor] * inside, [" "] * (inside + length)
    for start in starts:
        position = round(start / max(inside - 1, 1) * (len(index) - 1))
        floor[start] = ink.tick
        below[start : start + length] = pd.Timestamp(str(index[position])).strftime(stamps)
    return [" " * margin + ink.corner + "".join(floor), " " * (margin + 1) + "".join(below).rstrip()]


def date_format(index: pd.Index[Any], *, is_intraday: bool) -> str:
    """Choose how the dates below a chart are written, by what the series spans."""
    import pandas as pd

    moments = pd.DatetimeIndex(index)
    days = (moments[-1] - moments[0]).days
    if days > 900:
        return "%Y-%m"
    return "%m-%d %H:%M" if is_intraday and days < 7 else "%Y-%m-%d"


def bar(share: float, width: int, ink: Ink) -> str:
    """Return a bar for a share between 0 and 1; the smallest share is still seen."""
    if share <= 0:
        return ""
    if not ink.unicode:
        return "#" * max(1, round(share * width))
    eighths = max(1, round(share * width * 8))
    return _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def two_sided_bar(value: float, scale: float, band: float, width: int, ink: Ink) -> str:
    """Return a bar that starts in the middle: to the right where `value` is positive, else to the left.

    Parameters
    ----------
    value, band : float
        What is drawn, and where dots mark a band around zero.
    scale : float
        Largest value that fits.
    width : int
        Characters, made odd.
    """
    half = width // 2
    cells = [" "] * (2 * half + 1)
    edge = min(round(band / scale * half), half)
    if edge:
        cells[half - edge] = cells[half + edge] = "┊" if ink.unicode else ":"
    length = min(round(abs(value) / scale * half), half)
    first = half + 1 if value > 0 else half - length
    cells[first : first + length] = ("█" if ink.unicode else "#") * length
    cells[half] = ink.axis
    return "".join(cells)
