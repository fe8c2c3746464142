"""`write_report`: everything about a run in one HTML file that needs nothing beside it."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from workbench.contracts.calling import calling
from workbench.contracts.origin import described
from workbench.contracts.section import ReportSection
from workbench.errors import PluginError, RequestError, WorkbenchError, WorkbenchWarning
from workbench.registry.records import Offer
from workbench.registry.registry import Registry, default_registry
from workbench.reports import formats
from workbench.reports.html import render
from workbench.reports.screen import make_screen

if TYPE_CHECKING:
    from workbench.runs.run import Run

_HOOK = "workbench_report_sections"


@dataclass(frozen=True)
class Part:
    """A section as it stands in the page; `content` is trusted HTML."""

    title: str
    content: Markup
    unfolded: bool


def write_report(run: Run, path: str | Path | None = None, registry: Registry | None = None) -> Path:
    """Write the report of a run and return its path.

    The file holds its style and figures, loads nothing from anywhere and allows no script. The same run gives the
    same bytes.

    Parameters
    ----------
    run : Run
        Finished or not; the report of a run that is not finished says so.
    path : str or Path, optional
        `<name>-<id>.html` in the working directory by default. A file that is there is replaced, whole or not at all.
    registry : Registry, optional
        Where sections are found; the installed plugins by default.

    Raises
    ------
    RequestError
        The file cannot be written.

    Warns
    -----
    WorkbenchWarning
        A section failed; the report names the plugin in its place.
    """
    target = Path(path) if path is not None else Path(f"{formats.slug(run.name)}-{run.id}.html")
    write_page(target, report_html(run, registry or default_registry()))
    return target


def report_html(run: Run, registry: Registry) -> str:
    """Return the report of a run as a page of HTML."""
    style = resources.files("workbench.reports").joinpath("templates/report.css").read_text("utf-8")
    parts = list(_parts(run, registry))
    return str(render("report.html", screen=make_screen(run), parts=parts, css=Markup(style)))


def _parts(run: Run, registry: Registry) -> Iterator[Part]:
    """Render every section on offer, in order; what fails is named where it would have stood."""
    offers = sorted(registry.offers("report-section"), key=lambda o: (_order(o), o.qualified_name))
    for offer in offers:
        try:
            part = _render(offer, run.apart())
        except WorkbenchError as err:
            part = _failure(f"section {offer.name!r}", f"The section {offer.name!r} of the report is missing: {err}")
        if part.content.strip():
            yield part
    for module in registry.modules:
        if module.status == "failed" and _HOOK in (module.reason or ""):
            yield _failure("sections", f"Plugin {module} could not render its sections: {module.explanation}")


def _order(offer: Offer) -> float:
    order = getattr(offer.cls, "order", None)
    return order if isinstance(order, (int, float)) else ReportSection.order


def _render(offer: Offer, run: Run) -> Part:
    with calling(offer.cls, "render"):
        section = offer.cls()
        assert isinstance(section, ReportSection)
        content = section.render(run)
    if not isinstance(content, str):
        raise PluginError(f"{described(offer.cls)} returned {type(content).__name__} from render; expected HTML text.")
    return Part(str(section.title or offer.name), Markup(content), bool(section.unfolded))


def _failure(what: str, message: str) -> Part:
    warnings.warn(message, WorkbenchWarning, stacklevel=2)
    advice = "The rest of the report is not affected."
    return Part(f"Missing: {what}", render("failure.html", message=message, advice=advice), True)


def write_page(target: Path, text: str) -> None:
    """Write beside the target and rename, so that nobody ever finds half a page.

    Raises
    ------
    RequestError
        The file cannot be written.
    """
    if target.is_dir():
        raise RequestError(f"{str(target)!r} is a folder; give the path of the file to write.")
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(target)
    except OSError as err:
        raise RequestError(
            f"the report cannot be written to {str(target)!r}: {err.strerror or err}. "
            "Give the path of a file in a folder that exists and can be written to."
        ) from err
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
