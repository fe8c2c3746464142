"""A description as a page of HTML: one file, its style and figures inside, no script, nothing from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from workbench import __version__
from workbench.data.description import Description, SymbolDescription
from workbench.reports import formats
from workbench.reports.html import Table, drawing, heading, paragraph, render, table
from workbench.reports.looking import figures, words
from workbench.reports.report import write_page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 12
"""Symbols of one page that are drawn; a figure takes a third of a second."""


@dataclass(frozen=True)
class Part:
    """A folded block; `content` is trusted HTML."""

    title: str
    content: Markup
    unfolded: bool


def write_html(found: Description, path: str | Path, title: str | None = None) -> Path:
    """Write the page and return its path; a file that is there is replaced, whole or not at all.

    Raises
    ------
    RequestError
        The file cannot be written.
    """
    target = Path(path)
    write_page(target, to_html(found, title))
    return target


def to_html(found: Description, title: str | None = None) -> str:
    """Return the page; see `Description.to_html`."""
    style = resources.files("workbench.reports").joinpath("templates/report.css").read_text("utf-8")
    alone = found.symbols[0] if len(found) == 1 else None
    return str(
        render(
            "looking.html",
            title=title or formats.listing(item.symbol for item in found),
            facts=_facts(found),
            lead=[] if alone is None else words.persistence(alone),
            overview=Markup("") if alone is not None else _overview(found),
            parts=list(_sections(alone, "series")) if alone is not None else list(_blocks(found)),
            version=__version__,
            css=Markup(style),
        )
    )


def to_fragment(found: Description) -> str:
    """Return what a notebook shows: the table of all symbols."""
    return str(_overview(found))


def _facts(found: Description) -> str:
    if len(found) == 1:
        return words.title(found.symbols[0])
    return f"{len(found)} symbols, {formats.count(sum(item.bars for item in found))} bars of {found.interval}"


def _overview(found: Description) -> Markup:
    rows = [words.summary(item) for item in found]
    return table(Table("All symbols", words.SUMMARY_COLUMNS, rows, n_text=1, note=words.SUMMARY_NOTE, most=len(rows)))


def _blocks(found: Description) -> Iterator[Part]:
    """Yield one folded block per symbol."""
    for number, item in enumerate(found):
        drawn = number < MOST_DRAWN
        sections = _sections(item, f"series-{number}", drawn=drawn)
        content = [paragraph(sentence) for sentence in (words.title(item), *words.persistence(item))]
        if not drawn:
            content.append(paragraph(f"Only the first {MOST_DRAWN} symbols are drawn; show this one alone to see it."))
        for section in sections:
            content += [heading(section.title), section.content]
        yield Part(item.symbol, Markup("").join(content), False)


def _sections(found: SymbolDescription, name: str, *, drawn: bool = True) -> Iterator[Part]:
    """Yield what there is to say and to draw of one symbol."""
    yield Part("Closes", _closes(found, name, drawn), True)
    yield Part("Returns", _returns(found, name, drawn), True)
    yield Part("Distribution and memory", _memory(found, name, drawn), True)
    yield Part("Train and test", _paragraphs(words.shift(found)), True)
    yield Part("Gaps", _gaps(found), True)


def _paragraphs(sentences: list[str]) -> Markup:
    return Markup("").join(paragraph(sentence) for sentence in sentences)


def _closes(found: SymbolDescription, name: str, drawn: bool) -> Markup:
    said = _paragraphs(words.prices(found))
    if not drawn or len(found.lines.close) < 2:
        return said
    described = (
        f"Closes of {found.symbol}; those of the test, the last bars, in another colour, and the range of those before "
        "shaded."
    )
    return said + _drawing(figures.draw_closes, found, f"{name}-closes", f"Closes of {found.symbol}", described)


def _returns(found: SymbolDescription, name: str, drawn: bool) -> Markup:
    returns = found.returns
    if returns is None:
        return _paragraphs([f"{label}: {value}." for label, value in words.returns_facts(found)])
    kind = words.kind_of(returns)
    parts = [table(Table(f"{kind} at a glance", (kind.lower(), "value"), words.returns_facts(found)))]
    if drawn and returns.n > 1:
        described = "Changes from close to close, and how much they vary over time."
        parts.append(_drawing(figures.draw_returns, found, f"{name}-returns", f"{kind} of {found.symbol}", described))
    parts.append(paragraph(words.rolling(found)))
    parts.append(table(Table("Quantiles", *_across(words.quantiles(returns)), n_text=0)))
    columns = ("bar", kind.lower().removesuffix("s"), "simple return", "close")
    parts.append(table(Table("Largest moves", columns, words.largest(returns))))
    return Markup("").join(parts)


def _across(pairs: list[tuple[str, str]]) -> tuple[list[str], list[list[str]]]:
    return [name for name, _ in pairs], [[value for _, value in pairs]]


def _memory(found: SymbolDescription, name: str, drawn: bool) -> Markup:
    said = _paragraphs(words.memory(found))
    if not drawn or found.returns is None or found.returns.n < 2:
        return said
    described = (
        "How often changes of each size came, on all bars, before and in the test; and how much each change, and its "
        "size, has to do with those some bars before. Shaded is where 95 % of white noise lies."
    )
    title = f"Distribution and autocorrelation of {found.symbol}"
    return _drawing(figures.draw_distribution, found, f"{name}-memory", title, described) + said


def _drawing(draw: Callable[..., Figure], found: SymbolDescription, name: str, title: str, description: str) -> Markup:
    return drawing(lambda width: draw(found, width=width), name=name, title=title, description=description)


def _gaps(found: SymbolDescription) -> Markup:
    said = _paragraphs(words.gaps(found))
    if found.gaps is None or not found.gaps.longest:
        return said
    rows = [
        (words.moment(gap.after), words.moment(gap.before), formats.count(gap.n_missing)) for gap in found.gaps.longest
    ]
    return said + table(Table("The longest", ("after", "until", "bars missing"), rows, n_text=2))
