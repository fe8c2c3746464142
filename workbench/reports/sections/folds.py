"""What taught and what was tested, fold by fold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from workbench.reports import formats
from workbench.reports.data.folds import fold_spans
from workbench.reports.data.scores import scores_along
from workbench.reports.html import Table, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run


_PARTS = {
    "train": "Training origins",
    "validation": "Validation origins",
    "calibration": "Calibration origins",
    "test": "Tested targets",
}


def render(run: Run) -> str:
    """Return the spans of every fold and, for a finished run, the headline's skill in it."""
    asked = run.experiment
    spans = fold_spans(run)
    skills = _skills(run)
    parts = {part: name for part, name in _PARTS.items() if part != "calibration" or asked.calibration}
    columns = ["Fold", *(column for name in parts.values() for column in (name, "Rows"))]
    rows = [[str(fold), *_cells(span, parts)] for fold, span in spans.iterrows()]
    if skills:
        columns.append(f"Skill of {run.headline}")
        rows = [[*row, skills.get(row[0], formats.NONE)] for row in rows]
    embargo = f", and so are {asked.folds.embargo} bars of embargo" if asked.folds.embargo else ""
    intro = (
        "Nothing known after a fold's first test origin was used to fit it: training origins whose targets reach the "
        f"test are left out{embargo}. Scalers are fitted on training rows only."
    )
    return paragraph(intro) + table(Table("Folds", columns, rows))


def _cells(span: pd.Series[Any], parts: Iterable[str]) -> list[str]:
    cells = []
    for part in parts:
        n = int(span[f"n_{part}"])
        ends = f"{formats.moment(span[f'{part}_from'])} to {formats.moment(span[f'{part}_until'])}"
        cells += [ends if n else formats.NONE, formats.count(n)]
    return cells


def _skills(run: Run) -> dict[str, str]:
    """Skill of the headline by fold; nothing where there is one fold, or the run did not finish."""
    if run.status != "finished" or run.headline == run.persistence:
        return {}
    found = scores_along(run.scores, "fold", space="target", metric="skill")
    return {str(fold): formats.percent(value) for fold, value in found.get(run.headline, {}).items()}
