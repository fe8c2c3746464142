"""`Workbench`: a store, the plugins at hand, and everything that can be asked of them."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.contracts.forecaster import Executor
from workbench.errors import RequestError, WorkbenchWarning
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved, resolve
from workbench.plan.tasks import FitTask, SeriesVersion, plan
from workbench.plan.toml import shown_toml
from workbench.registry.registry import Registry
from workbench.runs.again import plan_again, refuse_changed
from workbench.runs.contexts import fetch_all, kept_as
from workbench.runs.datasets import FetchedSeries
from workbench.runs.execute import Execution, Progress, RunInfo
from workbench.runs.executor import LocalExecutor
from workbench.runs.forward_bench import ForwardBench
from workbench.runs.prepare import Prepared, prepare
from workbench.runs.provenance import collect_provenance
from workbench.runs.records import provisional_version
from workbench.runs.replay import Replay, replay_run
from workbench.runs.run import Run
from workbench.runs.searching.bench import SearchBench
from workbench.runs.series_bench import DEFAULT_STORE

if TYPE_CHECKING:
    import pandas as pd

    from workbench_store import RunRecord


@dataclass(frozen=True, eq=False)
class Begun:
    """A run that is in the store and not finished yet; `open_keys` are the fits that are missing."""

    info: RunInfo
    prepared: Prepared
    registry: Registry
    open_keys: set[str]


class Workbench(ForwardBench, SearchBench):
    """Runs experiments, searches over their settings and forecasts ahead; keeps, checks and compares series.

    Parameters
    ----------
    store : str or Path, default="workbench.duckdb"
        The DuckDB file; made by the first run.
    plugins : iterable, optional
        Plugin files, folders of them, packages, modules or classes beside the installed ones.
    blocked : iterable of str, optional
        Installed plugins not to load.
    """

    def plan(self, experiment: Experiment) -> tuple[FitTask, ...]:
        """List the fits an experiment would do, and run nothing.

        The plan depends on the bars, so those that are missing of a remote source are fetched and kept.
        """
        registry = self._registry(experiment.plugins)
        resolved = resolve(experiment, registry)
        fetched = fetch_all(resolved, self._store)
        prepared = prepare(resolved, fetched)
        return plan(resolved, [prepared.seen(provisional_version(item)) for item in fetched])

    def run(self, experiment: Experiment, *, workers: int | None = None, progress: Progress | None = None) -> Run:
        """Run an experiment and keep everything it gives in the store.

        Parameters
        ----------
        experiment : Experiment
        workers : int, optional
            Processes at most; the number of cores by default. Never changes a result.
        progress : callable, optional
            Called with (fits done, fits in all, what is being done).

        Returns
        -------
        Run

        Raises
        ------
        RequestError
            The request was wrong; nothing was written.
        RunFailedError
            The run stopped before its end; what it had finished is kept.
        """
        executor = LocalExecutor(workers)
        return self._complete(self._begin(experiment), executor, progress)

    def _begin(
        self, experiment: Experiment, *, notes: Sequence[str] = (), started: Callable[[str], None] | None = None
    ) -> Begun:
        """Write a run with its plan; `started` is told its id in the same transaction."""
        self._store.check()
        experiment = self._with_own_plugins(experiment)
        registry = self._registry(experiment.plugins)
        resolved = resolve(experiment, registry)
        fetched = fetch_all(resolved, self._store)
        prepared = prepare(resolved, fetched)
        versions = self._keep(resolved, fetched, prepared)
        tasks = plan(resolved, versions)
        toml = shown_toml(resolved.experiment)
        with self._store.transaction():
            run = self._store.create_run(
                name=experiment.name,
                toml=toml,
                spec=tomllib.loads(toml),
                versions=versions,
                provenance=collect_provenance(resolved),
                tasks=tasks,
                plugins=resolved.plugins,
            )
            if started is not None:
                started(run)
        self._asked[run] = experiment
        info = RunInfo(run, experiment.name, resolved, tasks, tuple(versions))
        return Begun(info, _with_notes(prepared, notes), registry, {t.key for t in tasks})

    def resume(
        self,
        run: str,
        *,
        experiment: Experiment | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Run:
        """Finish a run that was stopped, by doing the fits that are missing.

        Parameters
        ----------
        run : str
            Id, unique prefix, name, or `latest`.
        experiment : Experiment, optional
            Needed only if the run's experiment held objects that a file cannot.
        workers, progress
            See `run`.

        Raises
        ------
        ExperimentError
            The plan is no longer the one that was stored: code, plugins or settings changed.
        """
        executor = LocalExecutor(workers)
        record = self._store.find_run(run)
        if record.status == "finished":
            return self.load(record.run)
        return self._complete(self._begin_again(record, experiment), executor, progress)

    def _begin_again(self, record: RunRecord, experiment: Experiment | None, *, notes: Sequence[str] = ()) -> Begun:
        """Make the plan of a run once more, and open it again unless it has finished."""
        asked, registry = self._asked_of(record, experiment)
        again = plan_again(self._store, record, asked, registry, verb="resume")
        refuse_changed(record, again)
        for change in again.changes:  # of what only works on forecasts: no fit was made with the old one
            warnings.warn(change, WorkbenchWarning, stacklevel=3)
        info = RunInfo(record.run, record.name, again.prepared.resolved, again.tasks, again.versions)
        left = set() if record.status == "finished" else self._store.resume_run(record.run)
        return Begun(info, _with_notes(again.prepared, notes), registry, left)

    def replay(
        self,
        run: str = "latest",
        *,
        experiment: Experiment | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Replay:
        """Do a finished run again from the bars it saw, and compare every number; nothing is written.

        Parameters
        ----------
        run : str
            Id, unique prefix, name, or `latest`.
        experiment : Experiment, optional
            Needed only if the run's experiment held objects that a file cannot, in another session.
        workers, progress
            See `run`.

        Raises
        ------
        RequestError
            The run did not finish, or its experiment has to be handed in again.
        PluginError
            A plugin of the run is not there any more; the message says how to get it.
        """
        executor = LocalExecutor(workers)
        record = self._store.find_run(run)
        if record.status != "finished":
            raise RequestError(
                f"run {record.run} is {record.status}, and only a finished run can be replayed; finish it with "
                f"`workbench run --resume {record.run}`."
            )
        asked, registry = self._asked_of(record, experiment)
        again = plan_again(self._store, record, asked, registry, verb="replay")
        return replay_run(self._store, record, again, registry, executor, progress)

    def _complete(self, begun: Begun, executor: Executor, progress: Progress | None) -> Run:
        registry = begun.registry
        execution = Execution(begun.info, begun.prepared, self._store, registry, executor, progress)
        execution.complete(begun.open_keys)
        registry.fire("workbench_run_finished", run=Run(self._store, begun.info.id, lambda: registry))
        return self._run(begun.info.id, lambda: registry)

    def _run(self, id: str, registry: Callable[[], Registry]) -> Run:
        return Run(self._store, id, registry, lambda: self._asked_of(self._store.find_run(id), None))

    def _keep(self, resolved: Resolved, fetched: Sequence[FetchedSeries], prepared: Prepared) -> list[SeriesVersion]:
        kept = [self._store.save_series(item, **kept_as(item, resolved)) for item in fetched]
        return [prepared.seen(version) for version in kept]

    # Reading

    def load(self, run: str = "latest") -> Run:
        """Find a run by id, unique prefix, name, or `latest`."""
        return self._run(self._store.find_run(run).run, lambda: self._registry(()))

    def runs(self) -> pd.DataFrame:
        """One row per run in the store, newest first."""
        return self._store.runs()

    def remove(self, run: str) -> str:
        """Remove a run's data and return its id; its trials stay in the ledger."""
        found = self._store.find_run(run).run
        self._store.remove_run(found)
        return found

    def sql(self, query: str) -> pd.DataFrame:
        """Answer a SQL query on the store; nothing can be changed this way."""
        return self._store.query(query)


def _with_notes(prepared: Prepared, notes: Sequence[str]) -> Prepared:
    return replace(prepared, notes=(*prepared.notes, *notes)) if notes else prepared


def run(
    data: str | Path | pd.DataFrame | Experiment,
    *,
    store: str | Path = DEFAULT_STORE,
    plugins: Iterable[Any] = (),
    workers: int | None = None,
    quiet: bool = False,
    **fields: Any,
) -> Run:
    """Run a series with sensible defaults, and print the experiment that was used and what has to be known of it.

    Parameters
    ----------
    data : str, Path, DataFrame or Experiment
        A CSV or Parquet file, a folder of them, a frame of bars, `source:symbol` such as `sample:GOOG`, or an
        experiment.
    store : str or Path, default="workbench.duckdb"
        Where everything is kept.
    plugins : iterable, optional
        Plugin files, folders of them, packages, modules or classes beside the installed ones.
    workers : int, optional
        Processes at most; the number of cores by default.
    quiet : bool, default=False
        Print nothing.
    **fields
        Fields of `Experiment` to set, such as `horizon=7`.

    Returns
    -------
    Run

    Examples
    --------
    >>> import workbench as wb
    >>> run = wb.run("sample:GOOG", forecasters=["drift"], quiet=True)  # doctest: +SKIP
    >>> run.summary  # doctest: +SKIP
    """
    bench = Workbench(store, plugins=plugins)
    if isinstance(data, Experiment):
        experiment = bench._with_own_plugins(data.replace(**fields))
    else:
        experiment = bench.quick(data, **fields)
    if not quiet:
        print(shown_toml(experiment))
    finished = bench.run(experiment, workers=workers)
    if not quiet:
        for note in finished.notes:
            print(f"Note: {note}")
    return finished
