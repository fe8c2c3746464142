"""Words for counts and days in the sentences of a health sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

STATE_CALENDAR = (
    "State the calendar to tell holidays from holes: `--calendar XNYS`, or `calendar = 'XNYS'` in an experiment."
)


def counted(n: int, noun: str) -> str:
    """Return `1 bar`, `2 bars`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def days_of(days: pd.DatetimeIndex, limit: int = 3) -> str:
    """Name the first few days."""
    return ", ".join(str(day.date()) for day in days[:limit]) + (", ..." if len(days) > limit else "")


def number(value: float) -> str:
    """Write a price or ratio as short as it can be."""
    return f"{value:,.6g}"
