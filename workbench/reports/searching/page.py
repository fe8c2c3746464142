"""The report of a search: one file, its style and figures inside, no script, nothing from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from workbench import __version__
from workbench.reports import formats
from workbench.reports.html import bullets, code, drawing, heading, paragraph, render, table
from workbench.reports.report import Part, write_page
from workbench.reports.searching import figures
from workbench.reports.searching.data import accuracy_of, losses_of, parameters_of, values_of
from workbench.reports.searching.tables import settings_table
from workbench.runs.searching import words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.runs.searching.search import Search


def write_search(search: Search, path: str | Path | None = None) -> Path:
    """Write the report of a search and return its path.

    Parameters
    ----------
    search : Search
        Finished or not.
    path : str or Path, optional
        `<name>-<id>.html` in the working directory by default. A file that is there is replaced, whole or not at all.

    Raises
    ------
    RequestError
        The file cannot be written.
    """
    target = Path(path) if path is not None else Path(f"{formats.slug(search.name)}-{search.id}.html")
    write_page(target, search_html(search))
    return target


def search_html(search: Search) -> str:
    """Return the report of a search as a page of HTML."""
    style = resources.files("workbench.reports").joinpath("templates/report.css").read_text("utf-8")
    lead, detail = _lead(search)
    return str(
        render(
            "looking.html",
            title=search.name,
            facts=_facts(search),
            lead=[lead, detail],
            overview=_overview(search),
            parts=list(_parts(search)),
            version=__version__,
            css=Markup(style),
        )
    )


def _facts(search: Search) -> str:
    asked = search.experiment
    what = "sweep" if search.kind == "sweep" else "search by validation"
    n = search.n_settings
    return " · ".join(
        [
            f"{what}, {n} setting{'' if n == 1 else 's'}",
            formats.listing(asked.symbols),
            f"{asked.bar_length} bars",
            f"{asked.target.name}, {asked.horizon} ahead",
            search.id,
        ]
    )


def _lead(search: Search) -> tuple[str, str]:
    """Split what the search says behind the name of the best setting."""
    if search.best is None:
        return "No best setting.", search.sentence
    return words.headline(search, search.best), words.worth(search, search.best)


def _overview(search: Search) -> Markup:
    run = search.best_run
    tested = paragraph(f"Of the chosen setting, on the test: {run.verdict}") if run and search.kind == "tune" else ""
    return Markup("").join([Markup(tested), bullets(search.notes)])


def _parts(search: Search) -> Iterator[Part]:
    yield Part("All settings", table(settings_table(search)), True)
    for title, content in plots(search):
        yield Part(title, content, True)
    yield Part("What was asked", _asked(search), False)


def plots(search: Search, prefix: str = "search") -> Iterator[tuple[str, Markup]]:
    """Yield title and figure of everything there is to draw; `prefix` is unique on the page."""
    order = "The value of each setting in the order in which they were tried, and the best so far."
    if len(values_of(search).value):
        yield "Value by setting", _drawn(figures.draw_values, search, prefix, "values", order)
    said = (
        "Each dot is one setting; the large one is the best. Other parameters vary too, so dots above one another "
        "differ in those."
    )
    if parameters_of(search):
        yield "Value by parameter", _drawn(figures.draw_parameters, search, prefix, "parameters", said)
    losses = losses_of(search)
    if losses:
        said = (
            "Losses per epoch of all settings, the median over the fits of each; the best one by validation stands out."
        )
        together = _drawn(figures.draw_losses, search, prefix, "losses", said)
        yield "Loss per epoch", together + _drawn(figures.draw_curves, search, prefix, "curves", _curves(len(losses)))
    accuracy = accuracy_of(search)
    if len(accuracy):
        right = (
            "How often forecasts lay on that side of persistence on which the target came to lie; half of the time is "
            "what a coin does. Settings stand in the order of their validation value, the best above."
        )
        yield "Accuracy", _drawn(figures.draw_accuracy, search, prefix, "accuracy", right)


def _curves(n: int) -> str:
    shown = f"the {figures.MOST_SETTINGS} best of {n} settings" if n > figures.MOST_SETTINGS else "each setting"
    return (
        f"Training and validation loss of {shown} as changes since the first epoch, the best by validation first; the "
        f"dot is the epoch that was kept. A validation loss that turns up while the training loss falls is "
        f"overfitting; both still falling at the end is underfitting. All panels have the same axes."
    )


def _drawn(draw: Callable[..., Figure], search: Search, prefix: str, what: str, description: str) -> Markup:
    return drawing(
        lambda width: draw(search, width=width),
        name=f"{prefix}-{what}",
        title=f"{what.capitalize()} of {search.name}",
        description=description,
    )


def _asked(search: Search) -> Markup:
    lines = [f"{path}: {value}" for path, value in search.space.items()]
    how = [f"{name}: {value}" for name, value in search.options.items()]
    parts = [heading("The settings"), code("\n".join(lines))]
    if how:
        parts += [heading("How they were searched"), code("\n".join(how))]
    return Markup("").join([*parts, heading("The experiment that they change"), code(search.toml)])
