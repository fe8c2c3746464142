"""Tables for people: percents and rounding happen here and nowhere deeper."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

PERCENT = frozenset({"skill", "hit_rate", "total_return", "max_drawdown"})
ELLIPSIS: Mapping[Any, Any] = {}
"""Stands for the rows that are left out of a table."""
HEADINGS = {"hit_rate": "hit rate", "total_return": "return", "max_drawdown": "drawdown"}


def console() -> Any:
    """Standard output; as wide as `COLUMNS` says, or 120 columns, where it is no terminal."""
    import os

    from rich.console import Console

    plain = Console(highlight=False)
    return plain if plain.is_terminal or os.environ.get("COLUMNS") else Console(highlight=False, width=120)


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
    spare: Sequence[str] = (),
) -> None:
    """Print rows as a table; columns default to those of the first row.

    Only texts are folded, never a number or a date: where the table does not fit, columns named in `spare` are left
    out, the first of them first, which is said; where that is not enough, each row is printed as a list. `exact` prints
    numbers as they are, up to ten significant digits.
    """
    names = list(columns or (rows[0] if rows else []))
    cells = {name: ["..." if row is ELLIPSIS else show(name, row.get(name), exact) for row in rows] for name in names}
    out = console()
    left_out: list[str] = []
    widths = fitted_widths(cells, out.width)
    for name in spare:
        if widths is not None:
            break
        if name in cells and len(cells) > 1:
            left_out.append(HEADINGS.get(name, name))
            del cells[name]
            widths = fitted_widths(cells, out.width)
    if widths is None:
        _print_lists(
            {name: ["..." if row is ELLIPSIS else show(name, row.get(name), exact) for row in rows] for name in names},
            title,
        )
        return
    numbers = {n for n in cells if all(isinstance(r.get(n), (int, float, type(None))) for r in rows if r)}
    _print_columns(cells, widths, numbers, title)
    if left_out:
        print_text(f"Left out, as the terminal is narrow: {', '.join(left_out)}.")


def _print_columns(
    cells: Mapping[str, list[str]], widths: Mapping[str, int], numbers: set[str], title: str | None
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in cells:
        heading = Text(HEADINGS.get(name, name))
        table.add_column(heading, justify="right" if name in numbers else "left", overflow="fold", width=widths[name])
    for row in zip(*cells.values(), strict=True):
        table.add_row(*(Text(_folded(text, widths[name])) for name, text in zip(cells, row, strict=True)))
    console().print(table)


def _print_lists(cells: Mapping[str, list[str]], title: str | None) -> None:
    """Print each row as a list of its own, for terminals that are too narrow for columns."""
    from rich.table import Table
    from rich.text import Text

    if title:
        print_text(title)
    for row in zip(*cells.values(), strict=True):
        table = Table.grid(padding=(0, 2))
        for _ in range(2):
            table.add_column(overflow="fold")
        for name, cell in zip(cells, row, strict=True):
            table.add_row(Text(HEADINGS.get(name, name)), Text(cell))
        console().print(table)
        print()


def fitted_widths(cells: Mapping[str, list[str]], width: int) -> dict[str, int] | None:
    """Share a width out among columns.

    Parameters
    ----------
    cells : mapping of str to list of str
        Texts of each column.
    width : int
        Characters per line.

    Returns
    -------
    dict of str to int or None
        Characters of each column; numbers, dates and short words have all they need, only longer texts are folded.
        None where that is more than there is.
    """
    widths, least = {}, {}
    for name, texts in cells.items():
        heading = HEADINGS.get(name, name)
        longest = max(map(len, texts), default=0)
        widths[name] = max(longest, len(heading))
        words = texts if all(map(_is_fixed, texts)) else [word.rstrip() for text in texts for word in _words(text)]
        least[name] = max([*map(len, words), *map(len, heading.split()), 1])
        if words is not texts:
            least[name] = min(least[name], _WORD)
    room = width - (3 * len(widths) - 1)  # one blank on each side of a cell, and one between cells
    while sum(widths.values()) > room:
        foldable = [name for name in widths if widths[name] > least[name]]
        if not foldable:
            return None
        widths[max(foldable, key=lambda name: widths[name])] -= 1
    return widths


def _words(text: str) -> list[str]:
    """Split a text where a line may end: after blanks, and after commas but those within a number."""
    return re.findall(r"(?:[^\s,]|,(?=\d))*(?:,|\s)*", text)[:-1]


def _folded(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    lines = [""]
    for word in _words(text):
        if lines[-1] and len(lines[-1] + word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(line.rstrip() for line in lines)


_WORD = 24
"""Characters of a word, such as the label of a forecaster without blanks, from which on it may be broken."""
_SHORT = 12


def _is_fixed(text: str) -> bool:
    """Whether a text is a number, a date, a range of them, or too short to be folded."""
    is_number = not any(map(str.isalpha, text))
    return is_number or len(text) <= _SHORT or "\u00a0" in text or bool(re.match(r"(\w{3} )?\d{4}-\d\d-\d\d\b", text))


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
