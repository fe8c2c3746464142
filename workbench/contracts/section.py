"""`ReportSection`: a part of the HTML report."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from workbench.contracts.plugin import Plugin


class ReportSection(Plugin):
    """One part of a report."""

    kind: ClassVar[str] = "report-section"
    title: ClassVar[str] = ""
    order: ClassVar[int] = 500
    """Sections appear by rising order; the built-in ones use 100 to 900."""
    unfolded: ClassVar[bool] = False
    """Whether a reader sees the section without opening it."""

    @abstractmethod
    def render(self, run: Any) -> str:
        """Return an HTML fragment for `run` (a `workbench.Run`), or an empty string to be left out.

        Escape everything that comes from data: symbols, run names and plugin names are untrusted.
        """
