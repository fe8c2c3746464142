"""The sections that come with Workbench, offered like anybody's.

Only the classes stand here: the registry imports this module each time it looks for plugins, so what renders a
section, a module named after it, is imported when it renders.
"""

from __future__ import annotations

import importlib
from typing import Any, ClassVar

from workbench.contracts.hooks import hookimpl
from workbench.contracts.section import ReportSection

__all__ = [
    "Data",
    "Errors",
    "ExperimentText",
    "Folds",
    "Forecast",
    "Intervals",
    "Learning",
    "Models",
    "Provenance",
    "Scores",
    "SearchedSettings",
    "Trades",
    "Trading",
]


class _BuiltIn(ReportSection):
    """A section rendered by the module beside this one that bears its name."""

    needs_results: ClassVar[bool] = True
    """Whether it is left out of the report of a run that did not finish."""

    def render(self, run: Any) -> str:
        """Return the section as HTML; see `ReportSection.render`."""
        if self.needs_results and run.status != "finished":
            return ""
        return str(importlib.import_module(f"{__name__}.{self.name}").render(run))


class Models(_BuiltIn, name="models"):
    """Every model in a row: errors, verdict, and money after costs."""

    title = "All models"
    order = 100
    unfolded = True


class Forecast(_BuiltIn, name="forecast"):
    """Forecast against what happened."""

    title = "Forecast against actual"
    order = 200
    unfolded = True


class Trading(_BuiltIn, name="trading"):
    """Equity, drawdown and statistics beside buy and hold and persistence."""

    title = "Trading the forecasts"
    order = 300
    unfolded = True


class Errors(_BuiltIn, name="errors"):
    """Error by step and over time."""

    title = "Where the error comes from"
    order = 400


class Intervals(_BuiltIn, name="intervals"):
    """Whether intervals held as much as they were to hold."""

    title = "Intervals"
    order = 450


class Learning(_BuiltIn, name="learning"):
    """Learning curves, and whether they show over- or underfitting."""

    title = "Learning curves"
    order = 500


class SearchedSettings(_BuiltIn, name="search"):
    """The search over settings that a run belongs to: what was tried, and how the choice was made."""

    title = "The search for the setting"
    order = 550


class Scores(_BuiltIn, name="scores"):
    """Scores in every space, pooled and by symbol, fold, step and seed."""

    title = "All scores"
    order = 600


class Trades(_BuiltIn, name="trades"):
    """Trades of the headline forecaster."""

    title = "Trades"
    order = 650


class Folds(_BuiltIn, name="folds"):
    """What taught and what was tested, fold by fold."""

    title = "Folds"
    order = 700
    needs_results = False


class ExperimentText(_BuiltIn, name="experiment"):
    """The experiment as TOML."""

    title = "The experiment"
    order = 800
    needs_results = False


class Data(_BuiltIn, name="data"):
    """What the bars were like: span, calendar, what was mended, and what is wrong with them."""

    title = "The data"
    order = 850


class Provenance(_BuiltIn, name="provenance"):
    """Data, code, packages and machine that the run came from."""

    title = "Provenance"
    order = 900
    needs_results = False


@hookimpl
def workbench_report_sections() -> list[type[ReportSection]]:
    """Offer the sections of the report."""
    first: list[type[ReportSection]] = [Models, Forecast, Trading, Errors, Intervals, Learning, SearchedSettings]
    return [*first, Scores, Trades, Folds, ExperimentText, Data, Provenance]
