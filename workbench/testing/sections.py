"""Checks of report sections."""

from __future__ import annotations

from typing import Any

from workbench.contracts.section import ReportSection
from workbench.testing.again import afresh
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.html import FragmentReader
from workbench.testing.runs import HOSTILE, TAG, ToyRun, toy_runs
from workbench.testing.state import nothing_shared_changes, plugin_unchanged, unchanged


def title_and_order(case: Case) -> None:
    """It has a title, and a whole number for its place among the sections."""
    cls: type[ReportSection] = type(case.plugin)
    if not (isinstance(cls.title, str) and cls.title.strip()):
        raise CheckFailure(f"its `title` is {cls.title!r}; give the heading that readers are to see.")
    if not isinstance(cls.order, int) or isinstance(cls.order, bool):
        raise CheckFailure(f"its `order` is {cls.order!r}; expected a whole number, such as 500.")


def renders_text(case: Case) -> str | None:
    """It renders text for runs of one symbol or several, trading or not, finished or not; empty text leaves it out."""
    empty = [toy.what for toy in toy_runs() if not _first_text(case, toy).strip()]
    return f"it is left out of {', '.join(empty)}" if empty else None


def _first_text(case: Case, toy: ToyRun) -> str:
    """Return the text of a section made anew, rendered once for all checks: drawing figures takes long."""
    key = type(case.plugin), case.plugin.label, toy.what
    if key not in _FIRST_TEXTS:
        _FIRST_TEXTS[key] = _render(case.fresh(), toy)
    return _FIRST_TEXTS[key]


_FIRST_TEXTS: dict[tuple[type, str, str], str] = {}


def _render(section: Any, toy: ToyRun) -> str:
    try:
        text = section.render(toy.open())
    except Exception as err:
        raise CheckFailure(
            f"of {toy.what}, it raised {type(err).__name__}: {err}. Return an empty text where nothing can be shown."
        ) from err
    if not isinstance(text, str):
        raise CheckFailure(f"of {toy.what}, it returned {type(text).__name__}; expected a text of HTML.")
    return text


def html_is_balanced(case: Case) -> None:
    """Every tag that it opens is closed again, so that the rest of the page stays as it is."""
    for toy in toy_runs():
        wrong = FragmentReader(_first_text(case, toy)).unbalanced
        if wrong:
            raise CheckFailure(f"of {toy.what}, the HTML is not well formed: {', '.join(wrong[:3])}.")


def loads_nothing(case: Case) -> None:
    """It has no script and no frame, and loads nothing from anywhere: a report is one file that stands alone."""
    for toy in toy_runs():
        found = FragmentReader(_first_text(case, toy))
        if found.active:
            raise CheckFailure(f"of {toy.what}, there is {', '.join(sorted(set(found.active)))}: reports allow none.")
        if found.outside:
            raise CheckFailure(
                f"of {toy.what}, a browser would ask somebody else's server for {', '.join(found.outside[:3])}. Put "
                f"pictures and styles into the text."
            )


def names_are_escaped(case: Case) -> None:
    """Names of runs, symbols and models are shown as they are, and never taken for HTML."""
    for toy in toy_runs():
        text = _first_text(case, toy)
        if TAG in FragmentReader(text).tags or HOSTILE in text:
            raise CheckFailure(
                f"a name that holds {HOSTILE} got into the page as it is. Escape all that comes from data, with "
                f"`html.escape(text)`."
            )


def input_is_unchanged(case: Case) -> None:
    """It leaves the tables of the run as they are."""
    run = toy_runs()[0].open()
    with unchanged("the run's tables", run.scores, run.forecasts, run.summary):
        case.fresh().render(run)


def plugin_is_unchanged(case: Case) -> None:
    """Rendering changes nothing that the plugin holds; frozen fields still leave room for private state."""
    section = case.fresh()
    with plugin_unchanged(section):
        for toy in toy_runs()[1:]:
            section.render(toy.open())


def shares_nothing(case: Case) -> None:
    """Rendering changes nothing that others see: no class attribute, module variable, random generator or setting."""
    for toy in toy_runs():
        _first_text(case, toy)  # what is set up once, at the first call, is no harm
    with nothing_shared_changes(type(case.plugin)):
        case.fresh().render(toy_runs()[0].open())


def same_numbers_again(case: Case) -> None:
    """The same run gives the same text: after another run, and in a fresh process."""
    first, *others = toy_runs()
    text, section = _first_text(case, first), case.fresh()
    for other in others:
        section.render(other.open())
    _agree(text, _render(section, first), "after another run")
    _agree(text, afresh(_render_item, (case.fresh(), first), type(section)), "in a fresh process")


def _render_item(item: tuple[Any, ToyRun]) -> str:
    section, toy = item
    return _render(section, toy)


def _agree(first: str, again: str, when: str) -> None:
    if first != again:
        at = next((i for i, (a, b) in enumerate(zip(first, again, strict=False)) if a != b), 0)
        raise CheckFailure(
            f"the text differs {when}, for the same run: {first[at : at + 40]!r} became {again[at : at + 40]!r}. Use "
            f"no clock, no random number and no order of a set."
        )


CHECKS = checks(
    title_and_order,
    renders_text,
    html_is_balanced,
    loads_nothing,
    names_are_escaped,
    input_is_unchanged,
    plugin_is_unchanged,
    shares_nothing,
    same_numbers_again,
)
