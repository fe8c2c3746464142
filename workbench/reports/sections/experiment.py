"""The experiment as TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.reports.html import code, paragraph

if TYPE_CHECKING:
    from workbench.runs.run import Run


def render(run: Run) -> str:
    """Return the text that repeats the run."""
    return paragraph("Saved as experiment.toml, `workbench run experiment.toml` repeats it.") + code(run.toml)
