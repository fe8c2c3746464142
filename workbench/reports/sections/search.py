"""The search that chose a run's setting, or the sweep that it is part of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from workbench.reports.html import bullets, heading, paragraph, table

if TYPE_CHECKING:
    from workbench.runs.run import Run


def render(run: Run) -> str:
    """Return what the search says, its table and its figures; nothing for a run that no search started."""
    search = run.search
    if search is None:
        return ""
    if search.kind == "sweep":
        said = (
            f"One of the {search.n_settings} settings of {search.id}; `workbench report {search.id}` compares them. "
            f"{search.sentence}"
        )
        return paragraph(said)
    from workbench.reports.searching.page import plots
    from workbench.reports.searching.tables import settings_table

    parts = [paragraph(search.sentence), bullets(search.notes), table(settings_table(search))]
    for title, content in plots(search):
        parts += [heading(title), content]
    return Markup("").join(parts)
