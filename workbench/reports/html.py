"""Blocks of HTML that sections are made of; everything put into them is escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from workbench.reports.figures.canvas import NARROW, WIDE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.runs.run import Run

MOST_ROWS = 60
"""Rows of a table shown at most."""


@dataclass(frozen=True)
class Table:
    """A table of texts that are already formatted.

    Parameters
    ----------
    caption : str
    columns : sequence of str
    rows : sequence of sequences of str
    n_text : int
        Leading columns that hold text and are aligned left; the others hold numbers.
    marked : str
        Rows with this text in a leading column stand out.
    note : str
        A sentence below.
    most : int
        Rows shown at most.
    dense : bool
        Set closer, with words that may wrap, for a table of many columns.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    n_text: int = 1
    marked: str = ""
    note: str = ""
    most: int = MOST_ROWS
    dense: bool = False

    @property
    def shown(self) -> Sequence[Sequence[str]]:
        """The rows that are shown."""
        return self.rows[: self.most]


@cache
def environment() -> Environment:
    """Templates of the report, escaping whatever is put into them."""
    return Environment(
        loader=PackageLoader("workbench.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> Markup:
    """Fill a template in."""
    return Markup(environment().get_template(template).render(**values))


def _block(name: str, *values: Any) -> Markup:
    block: Markup = getattr(environment().get_template("blocks.html").module, name)(*values)
    return block


def heading(text: str) -> Markup:
    """Return a heading inside a section."""
    return _block("heading", text)


def paragraph(text: str) -> Markup:
    """Return a paragraph."""
    return _block("paragraph", text)


def bullets(texts: Sequence[str]) -> Markup:
    """Return a list of sentences; nothing where there are none."""
    return _block("bullets", texts) if texts else Markup("")


def code(text: str) -> Markup:
    """Return a text as it is, to be copied."""
    return _block("code", text)


def table(content: Table) -> Markup:
    """Return a table that scrolls inside its own box; nothing where it has no rows."""
    return _block("table", content) if content.rows else Markup("")


def figure(run: Run, kind: str, *, name: str, title: str, description: str, **options: Any) -> Markup:
    """Draw a figure twice, for a screen and for a phone; the style sheet shows the one that fits.

    Parameters
    ----------
    run : Run
    kind : str
        See `workbench.reports.figures.draw`, which takes the options.
    name : str
        Unique on the page.
    title, description : str
        What a screen reader says; the description is also printed below.
    """
    from workbench.reports.figures import draw

    return drawing(
        lambda width: draw(run, kind, width=width, **options), name=name, title=title, description=description
    )


def drawing(draw: Callable[[float], Figure], *, name: str, title: str, description: str) -> Markup:
    """Return what `draw` draws at two widths, for a screen and for a phone; see `figure`.

    Parameters
    ----------
    draw : callable
        Given a width in inches, returns a figure in the colours of `workbench.reports.figures.canvas`.
    name, title, description
        See `figure`.
    """
    from workbench.reports.svg import to_svg

    drawings = {
        size: Markup(to_svg(draw(width), name=f"{name}-{size}", title=title, description=description))
        for size, width in (("wide", WIDE), ("narrow", NARROW))
    }
    return _block("figure", drawings, description)
