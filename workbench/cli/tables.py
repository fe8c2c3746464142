"""Tables for people: percents and rounding happen here and nowhere deeper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

PERCENT = frozenset({"skill", "hit_rate", "total_return", "max_drawdown"})
ELLIPSIS: Mapping[Any, Any] = {}
"""Stands for the rows that are left out of a table."""
HEADINGS = {"hit_rate": "hit rate", "total_return": "return", "max_drawdown": "drawdown"}


def console() -> Any:
    """Standard output; a hundred columns where it is no terminal."""
    from rich.console import Console

    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=120)


def print_text(text: str) -> None:
    """Print a paragraph, broken between words at the width of the terminal."""
    from rich.text import Text

    console().print(Text(text), soft_wrap=not console().is_terminal)


def print_table(
    rows: Sequence[Mapping[Any, Any]],
    columns: Sequence[str] | None = None,
    title: str | None = None,
    *,
    exact: bool = False,
) -> None:
    """Print rows as a table; columns default to those of the first row.

    `exact` prints numbers as they are, up to ten significant digits.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    names = list(columns or (rows[0] if rows else []))
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in names:
        right = all(isinstance(row.get(name), (int, float, type(None))) for row in rows if row is not ELLIPSIS)
        table.add_column(Text(HEADINGS.get(name, name)), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("..." if row is ELLIPSIS else show(name, row.get(name), exact)) for name in names))
    console().print(table)


def show(column: str, value: Any, exact: bool = False) -> str:
    """Return a value as a person would read it."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)) or str(value) in ("NaT", "<NA>"):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if exact and isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.10g}"
    if column in PERCENT and isinstance(value, (int, float)):
        return f"{round(100 * value, 1) + 0.0:.1f} %"  # adding zero turns -0.0 into 0.0
    if column == "sharpe":
        return f"{value:.2f}"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.2f}"
    if hasattr(value, "strftime"):
        return str(value)[:19].removesuffix(" 00:00:00")
    return str(value)
