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
from workbench.reports.looking import figures, tables, words
from workbench.reports.looking.sparkline import sparkline
from workbench.reports.report import write_page

if TYPE_CHECKING:
    from matplotlib.figure import Figure
_NOTHING = Markup("")


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
            parts=list(_sections(alone)) if alone is not None else list(_blocks(found)),
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
    rows = [tables.summary(item) for item in found]
    return table(
        Table("All symbols", tables.SUMMARY_COLUMNS, rows, n_text=1, note=tables.summary_note(), most=len(rows))
    )


def _blocks(found: Description) -> Iterator[Part]:
    """Yield one folded block per symbol, with a small drawing: the large ones take a second each."""
    for number, item in enumerate(found):
        content = [_paragraphs([words.title(item), *words.persistence(item)]), sparkline(item, f"closes-{number}")]
        for title, said in (
            ("Closes", _paragraphs(words.prices(item))),
            ("Returns", _returns(item)),
            ("Memory", _paragraphs(words.memory(item))),
            ("Train and test", _paragraphs(words.shift(item))),
            ("Gaps", _gaps(item)),
        ):
            content += [heading(title), said]
        yield Part(item.symbol, Markup("").join(content), False)


def _sections(found: SymbolDescription) -> Iterator[Part]:
    """Yield what there is to say and to draw of one symbol."""
    yield Part("Closes", _paragraphs(words.prices(found)) + _closes_drawn(found), True)
    yield Part("Returns", _returns(found, _returns_drawn(found)), True)
    yield Part("Distribution and memory", _memory_drawn(found) + _paragraphs(words.memory(found)), True)
    yield Part("Train and test", _paragraphs(words.shift(found)), True)
    yield Part("Gaps", _gaps(found), True)


def _paragraphs(sentences: list[str]) -> Markup:
    return Markup("").join(paragraph(sentence) for sentence in sentences)


def _returns(found: SymbolDescription, drawn: Markup = _NOTHING) -> Markup:
    returns = found.returns
    if returns is None:
        return _paragraphs([f"{label}: {value}." for label, value in tables.returns_facts(found)])
    kind = tables.kind_of(returns)
    columns = ("bar", kind.lower().removesuffix("s"), "simple return", "close")
    return Markup("").join(
        [
            table(Table(f"{kind} at a glance", (kind.lower(), "value"), tables.returns_facts(found))),
            drawn,
            paragraph(words.rolling(found)),
            table(Table("Quantiles", ("share below", columns[1]), tables.quantiles(returns))),
            table(Table("Largest moves", columns, tables.largest(returns))),
        ]
    )


def _closes_drawn(found: SymbolDescription) -> Markup:
    described = (
        f"Closes of {found.symbol}; those of the test, the last bars, in another colour, and the range of those before "
        "shaded."
    )
    return _drawn(figures.draw_closes, found, "closes", described) if found.n_prices > 1 else _NOTHING


def _returns_drawn(found: SymbolDescription) -> Markup:
    described = "Changes from close to close, and how much they vary over time."
    return _drawn(figures.draw_returns, found, "returns", described) if found.n_prices > 2 else _NOTHING


def _memory_drawn(found: SymbolDescription) -> Markup:
    described = (
        "How often changes of each size came, on all bars, before and in the test; and how much each change, and its "
        "size, has to do with those some bars before. Shaded is where 95 % of white noise lies."
    )
    return _drawn(figures.draw_distribution, found, "distribution", described) if found.n_prices > 2 else _NOTHING


def _drawn(draw: Callable[..., Figure], found: SymbolDescription, what: str, description: str) -> Markup:
    return drawing(
        lambda width: draw(found, width=width),
        name=f"series-{what}",
        title=f"{what.capitalize()} of {found.symbol}",
        description=description,
    )


def _gaps(found: SymbolDescription) -> Markup:
    said = _paragraphs(words.gaps(found))
    if found.gaps is None or not found.gaps.longest:
        return said
    rows = [
        (tables.moment(gap.after), tables.moment(gap.before), formats.count(gap.n_missing))
        for gap in found.gaps.longest
    ]
    return said + table(Table("The longest", ("after", "until", "bars missing"), rows, n_text=2))
