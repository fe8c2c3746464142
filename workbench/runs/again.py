"""Making the plan of a stored run again, from the bars it saw: what resuming and replaying have in common."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import ExperimentError, PluginError, RequestError, UnknownPluginError
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved, resolve
from workbench.plan.tasks import FitTask, SeriesVersion, plan
from workbench.plan.toml import OBJECTS_LEFT_OUT
from workbench.registry.registry import Registry
from workbench.runs.changes import offered_now, plugin_changes, used_now
from workbench.runs.datasets import FetchedSeries
from workbench.runs.prepare import Prepared, prepare
from workbench.runs.provenance import universe_of
from workbench.runs.records import RunStore, series_version
from workbench_store import RunRecord


@dataclass(frozen=True, eq=False)
class Again:
    """A stored run about to be carried out once more.

    Parameters
    ----------
    prepared : Prepared
    versions : tuple of SeriesVersion
        The bars it saw then.
    tasks : tuple of FitTask
        What would be done now.
    same_plan : bool
        Whether that is what was planned then, to the last key.
    changes : tuple of str
        Plugins that are not what they were then.
    """

    prepared: Prepared
    versions: tuple[SeriesVersion, ...]
    tasks: tuple[FitTask, ...]
    same_plan: bool
    changes: tuple[str, ...]


def plan_again(store: RunStore, record: RunRecord, asked: Experiment, registry: Registry, *, verb: str) -> Again:
    """Make a run's plan from the bars that the store kept of it; its source is not asked, and need not be there.

    Parameters
    ----------
    store : RunStore
    record : RunRecord
    asked : Experiment
        The run's own, or as it was handed in again.
    registry : Registry
    verb : str
        `resume` or `replay`, for what is said when an object is missing.

    Raises
    ------
    PluginError
        A plugin of the run is not there any more.
    RequestError
        The experiment held objects that a file cannot, and was not handed in again.
    """
    resolved = _resolved(record, asked, registry, verb)
    fetched = [FetchedSeries(v.series, v.symbol, None, store.bars(v), context=v.context) for v in record.data]
    prepared = prepare(resolved, fetched)
    versions = [prepared.seen(series_version(v)) for v in record.data]
    tasks = plan(resolved, versions)
    changes = plugin_changes(record.run, record.provenance, used_now(resolved.plugins), registry)
    same = {task.key for task in tasks} == store.planned_keys(record.run)
    if not same and not changes and record.toml.startswith(OBJECTS_LEFT_OUT):
        raise _objects_needed(record, verb)
    return Again(prepared, tuple(versions), tasks, same, tuple(changes))


def _resolved(record: RunRecord, asked: Experiment, registry: Registry, verb: str) -> Resolved:
    try:
        return resolve(asked, registry, needs_source=False, universe=universe_of(record.provenance))
    except UnknownPluginError as err:
        missing = plugin_changes(record.run, record.provenance, offered_now(registry), registry)
        if not missing:
            raise
        raise PluginError(" ".join(missing)) from err
    except ExperimentError as err:
        if record.toml.startswith(OBJECTS_LEFT_OUT):
            raise _objects_needed(record, verb) from err
        raise


def _objects_needed(record: RunRecord, verb: str) -> RequestError:
    return RequestError(
        f"run {record.run} was asked from Python with objects that a file cannot hold; hand the experiment in "
        f"again: `bench.{verb}({record.run!r}, experiment=...)`."
    )


def refuse_changed(record: RunRecord, again: Again) -> None:
    """Refuse to go on with a run whose plan is another one now.

    Raises
    ------
    ExperimentError
        Some of its fits would not be those that were planned.
    """
    if not again.same_plan:
        why = " ".join(again.changes) or "Workbench is another version now."
        raise ExperimentError(
            f"run {record.run} cannot be resumed: its plan has changed since it started. {why} Or start a new run."
        )
