"""The hooks Workbench calls.

Two families, told apart by grammar. *Providers* are plural nouns and return plugin classes; each is called
once, when a name of its kind is first looked up. *Events* say what happened, fire in the driver process
only, and return nothing.

A module without hook implementations offers the public plugin classes that it defines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from workbench.contracts.backtest import BacktestEngine
    from workbench.contracts.feature import Feature, PanelFeature
    from workbench.contracts.forecaster import Forecaster
    from workbench.contracts.metric import Metric
    from workbench.contracts.section import ReportSection
    from workbench.contracts.source import DataSource
    from workbench.contracts.strategy import Strategy
    from workbench.contracts.target import Target

CONTRACT_VERSION = "1.0"
"""Version of what plugins implement and are given: a minor one for an addition, a major one for anything else."""

PROJECT = "workbench"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def workbench_sources() -> Iterable[type[DataSource]]:  # type: ignore[empty-body]
    """Offer data sources.

    Returns
    -------
    iterable of DataSource subclasses
        Results of all plugins are merged. Importing the class must be cheap.

    Examples
    --------
    >>> @hookimpl
    ... def workbench_sources():
    ...     return [MyVendor]
    """


@hookspec
def workbench_features() -> Iterable[type[Feature] | type[PanelFeature]]:  # type: ignore[empty-body]
    """Offer features.

    Returns
    -------
    iterable of Feature or PanelFeature subclasses

    Examples
    --------
    >>> @hookimpl
    ... def workbench_features():
    ...     return [Momentum]
    """


@hookspec
def workbench_targets() -> Iterable[type[Target]]:  # type: ignore[empty-body]
    """Offer targets: quantities that can be forecast.

    Returns
    -------
    iterable of Target subclasses
    """


@hookspec
def workbench_forecasters() -> Iterable[type[Forecaster]]:  # type: ignore[empty-body]
    """Offer forecasters.

    Returns
    -------
    iterable of Forecaster subclasses
        Import heavy libraries inside `fit`, not at module level.

    Examples
    --------
    >>> @hookimpl
    ... def workbench_forecasters():
    ...     return [LastValue]
    """


@hookspec
def workbench_strategies() -> Iterable[type[Strategy]]:  # type: ignore[empty-body]
    """Offer strategies.

    Returns
    -------
    iterable of Strategy subclasses
    """


@hookspec
def workbench_engines() -> Iterable[type[BacktestEngine]]:  # type: ignore[empty-body]
    """Offer backtest engines.

    Returns
    -------
    iterable of BacktestEngine subclasses
    """


@hookspec
def workbench_metrics() -> Iterable[type[Metric]]:  # type: ignore[empty-body]
    """Offer metrics; every metric offered is computed for every run.

    Returns
    -------
    iterable of Metric subclasses
    """


@hookspec
def workbench_report_sections() -> Iterable[type[ReportSection]]:  # type: ignore[empty-body]
    """Offer sections of the report; every section offered is rendered.

    Returns
    -------
    iterable of ReportSection subclasses
    """


@hookspec
def workbench_run_started(run: Any) -> None:
    """Called once a run is planned and recorded, before its first fit.

    Parameters
    ----------
    run : RunInfo
        Identity, experiment, plan and provenance of the run.
    """


@hookspec
def workbench_fold_finished(run: Any, fold: int) -> None:
    """Called each time a fold has been committed to the store.

    Parameters
    ----------
    run : RunInfo
    fold : int
        Number of the fold, from 0.
    """


@hookspec
def workbench_run_finished(run: Any) -> None:
    """Called when everything of a run is in the store.

    Parameters
    ----------
    run : Run
        The finished run, as `wb.run` returns it.
    """


@hookspec
def workbench_run_failed(run: Any, error: BaseException) -> None:
    """Called when a run stopped before its end.

    Parameters
    ----------
    run : RunInfo
    error : BaseException
        What stopped it.
    """
