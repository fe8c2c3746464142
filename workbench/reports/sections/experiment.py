"""The experiment as TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.reports.html import code, paragraph

if TYPE_CHECKING:
    from workbench.runs.run import Run


def render(run: Run) -> str:
    """Return the text that repeats the run."""
    intro = (
        "Saved as experiment.toml, this repeats the run with: workbench run experiment.toml. Data frames and other "
        "objects handed in from Python are not part of it."
    )
    return paragraph(intro) + code(run.toml)
