"""`Workbench`: a store, the plugins at hand, and everything that can be asked of them."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.contracts.forecaster import Executor
from workbench.contracts.source import DataSource, call_source
from workbench.errors import DataError, RequestError, WorkbenchWarning, did_you_mean
from workbench.plan.experiment import Experiment
from workbench.plan.quick import quick_experiment
from workbench.plan.resolve import Resolved, resolve
from workbench.plan.tasks import FitTask, SeriesVersion, plan
from workbench.plan.toml import shown_toml
from workbench.registry.local import plugin_path
from workbench.registry.registry import Registry, default_registry
from workbench.runs.again import plan_again, refuse_changed
from workbench.runs.contexts import fetch_all, kept_as
from workbench.runs.datasets import FetchedSeries, fetch_series, series_info
from workbench.runs.diffing import DataDiff, diff_series
from workbench.runs.execute import Execution, Progress, RunInfo
from workbench.runs.executor import LocalExecutor
from workbench.runs.fetching import fetch_data
from workbench.runs.health import Wanted, check_source, check_stored, quick_to_check, refuse_unknown
from workbench.runs.keeping import keep
from workbench.runs.mended import repair_record
from workbench.runs.panels import read_panel
from workbench.runs.prepare import Prepared, prepare
from workbench.runs.provenance import collect_provenance
from workbench.runs.records import RunStore, provisional_version
from workbench.runs.replay import Replay, replay_run
from workbench.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.arrays import Bars
    from workbench.contracts.panel import Panel
    from workbench.data.health import DataHealth
    from workbench_store import RunRecord

DEFAULT_STORE = "workbench.duckdb"


class Workbench:
    """Runs experiments and reads them back.

    Parameters
    ----------
    store : str or Path, default="workbench.duckdb"
        The DuckDB file; made by the first run.
    plugins : iterable, optional
        Plugin files, folders of them, packages, modules or classes beside the installed ones.
    blocked : iterable of str, optional
        Installed plugins not to load.
    """

    def __init__(
        self, store: str | Path = DEFAULT_STORE, *, plugins: Iterable[Any] = (), blocked: Iterable[str] = ()
    ) -> None:
        self._store = RunStore(store)
        self._plugins = tuple(plugins)
        self._blocked = tuple(blocked)
        self._asked: dict[str, Experiment] = {}
        self._registries: dict[tuple[str, ...], Registry] = {}

    def __repr__(self) -> str:
        return f"Workbench({str(self._store.path)!r})"

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        return self._store.path

    # Asking

    def quick(self, data: str | Path | pd.DataFrame, **fields: Any) -> Experiment:
        """Make an experiment with sensible defaults for a path, a frame, or `source:symbol`."""
        return self._with_own_plugins(quick_experiment(data, self._registry(()), self._read, **fields))

    def plan(self, experiment: Experiment) -> tuple[FitTask, ...]:
        """List the fits an experiment would do; compute and write nothing."""
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
        self._store.check()
        experiment = self._with_own_plugins(experiment)
        registry = self._registry(experiment.plugins)
        resolved = resolve(experiment, registry)
        fetched = fetch_all(resolved, self._store)
        prepared = prepare(resolved, fetched)
        versions = self._keep(resolved, fetched, prepared)
        tasks = plan(resolved, versions)
        toml = shown_toml(resolved.experiment)
        run = self._store.create_run(
            name=experiment.name,
            toml=toml,
            spec=tomllib.loads(toml),
            versions=versions,
            provenance=collect_provenance(resolved),
            tasks=tasks,
            plugins=resolved.plugins,
        )
        self._asked[run] = experiment
        info = RunInfo(run, experiment.name, resolved, tasks, tuple(versions))
        return self._complete(info, prepared, registry, {t.key for t in tasks}, executor, progress)

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
        asked, registry = self._asked_of(record, experiment)
        again = plan_again(self._store, record, asked, registry, verb="resume")
        refuse_changed(record, again)
        for change in again.changes:  # of what only works on forecasts: no fit was made with the old one
            warnings.warn(change, WorkbenchWarning, stacklevel=2)
        info = RunInfo(record.run, record.name, again.prepared.resolved, again.tasks, again.versions)
        return self._complete(info, again.prepared, registry, self._store.resume_run(record.run), executor, progress)

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

    def _asked_of(self, record: RunRecord, experiment: Experiment | None) -> tuple[Experiment, Registry]:
        """Return what a run was asked, with the objects handed in if this session made it, and its plugins."""
        asked = experiment or self._asked.get(record.run) or Experiment.from_toml(record.toml)
        there = tuple(plugin for plugin in asked.plugins if (path := plugin_path(plugin)) is None or path.exists())
        return asked, self._registry(there)

    def _complete(
        self,
        info: RunInfo,
        prepared: Prepared,
        registry: Registry,
        open_keys: set[str],
        executor: Executor,
        progress: Progress | None,
    ) -> Run:
        Execution(info, prepared, self._store, registry, executor, progress).complete(open_keys)
        registry.fire("workbench_run_finished", run=Run(self._store, info.id, lambda: registry))
        return Run(self._store, info.id, lambda: registry)

    def _keep(self, resolved: Resolved, fetched: Sequence[FetchedSeries], prepared: Prepared) -> list[SeriesVersion]:
        kept = [self._store.save_series(item, **kept_as(item, resolved)) for item in fetched]
        return [prepared.seen(version) for version in kept]

    # Reading

    def load(self, run: str = "latest") -> Run:
        """Find a run by id, unique prefix, name, or `latest`."""
        return Run(self._store, self._store.find_run(run).run, lambda: self._registry(()))

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

    # Series

    def import_data(self, data: str | Path | pd.DataFrame, **params: Any) -> list[dict[str, Any]]:
        """Read bars into the store.

        Parameters
        ----------
        data : str, Path or DataFrame
            A CSV or Parquet file, a folder of them, a frame of bars, or `source:symbol` such as `sample:GOOG`.
        **params
            Parameters of the source, such as `timezone="Asia/Kolkata"`.

        Returns
        -------
        list of dict
            One per series: what it is called, how many bars it has, and the `repairs` that it needed.
        """
        self._store.check()
        experiment = self.quick(data, source=params)
        resolved = resolve(experiment, self._registry(()))
        rows = []
        for item in fetch_series(resolved, self._store):
            kept = self._store.save_series(item, resolved.source_name, experiment.interval, replace=True)
            rows.append(
                {
                    "series": kept.series,
                    "symbol": kept.symbol,
                    "revision": kept.revision,
                    "rows": len(item.bars),
                    "repairs": [repair_record(repair) for repair in item.repairs],
                }
            )
        return rows

    def fetch_data(
        self,
        data: str,
        *,
        start: str | None = None,
        end: str | None = None,
        interval: str | None = None,
        refresh: bool = False,
        **params: Any,
    ) -> dict[str, Any]:
        """Fetch a series into the store; a vendor is asked for what is missing only.

        Parameters
        ----------
        data : str
            `source:symbol`, such as `yahoo:NFLX`.
        start, end : str, optional
            ISO dates, both included; from the beginning, and up to now, by default.
        interval : str, optional
            Length of a bar; the source's first by default.
        refresh : bool, default=False
            Ask for everything again. Where the vendor has rewritten history, that is a new revision; the old one stays.
        **params
            Parameters of the source.

        Returns
        -------
        dict
            `series`, `asked` (what the source was asked for), `requests`, `received`, `rows`, `revision` and more.
        """
        self._store.check()
        asked: dict[str, Any] = {"start": start, "end": end, "interval": interval, "refresh": refresh}
        return fetch_data(data, self._registry(()), self._store, **asked, params=params)

    def diff_data(self, series: str, *, since: str | int | None = None) -> DataDiff:
        """Compare the newest bars of a series with an earlier revision of them, or with those that a run saw.

        Parameters
        ----------
        series : str
            A series, or its symbol where that is unique.
        since : str or int, optional
            A revision, or a run: id, prefix, name or `latest`. The revision before the newest by default.
        """
        return diff_series(self._store, self.find_series(series)["series"], since)

    def check_data(
        self,
        data: str | Path | pd.DataFrame,
        *,
        source: Mapping[str, Any] | None = None,
        calendar: str | None = None,
        interval: str | None = None,
        missing: Literal["error", "drop", "ffill"] = "error",
        adjust: Literal["none", "splits", "all"] = "none",
    ) -> DataHealth:
        """Say what is wrong with some bars, before anything is run on them; nothing is written.

        Parameters
        ----------
        data : str, Path or DataFrame
            A file, a folder, a frame, `source:symbol`, or a series of the store by its name or symbol.
        source : mapping, optional
            Parameters of the source that reads `data`, such as `{"timezone": "Asia/Kolkata"}`.
        calendar : str, optional
            Exchange calendar to compare with, such as `XNYS`; by default what the bars show.
        interval : str, optional
            Bar length; by default read off the bars.
        missing, adjust : str
            As in `Experiment`: the bars are checked as a run with these would see them.

        Returns
        -------
        DataHealth
            `usable`, and a sheet for each of its `series` with `repairs` and `problems`.

        Raises
        ------
        DataError
            There is nothing that can be read.
        """
        wanted = Wanted.named(missing, adjust, calendar)
        if isinstance(data, str) and not Path(data).expanduser().exists():
            known = self._known_series()
            if data in known:
                row = self.find_series(data)
                bars, repairs = self.bars(row["series"]), self._store.repairs(row["series"])
                return check_stored(bars, row["symbol"], interval or row["interval"], wanted, repairs)
            refuse_unknown(data, known)
        asked = quick_to_check(data, self._registry(()), source or {}, interval)
        return check_source(self._registry(asked.plugins).create("source", asked.source, DataSource), asked, wanted)

    def _known_series(self) -> set[str]:
        """Names and symbols of the series in the store, if there is one."""
        if not self.path.exists():
            return set()
        rows = self.series()
        return {*rows["series"], *rows["symbol"]}

    def series(self) -> pd.DataFrame:
        """One row per series in the store."""
        return self._store.series()

    def panel(self, data: str | Path | pd.DataFrame, **fields: Any) -> Panel:
        """Return bars to look at: of a path, a frame, `source:symbol`, or a series of the store.

        Parameters
        ----------
        data : str, Path or DataFrame
            A text that is no path is looked for in the store first.
        **fields
            Fields of `Experiment` that decide on bars, such as `start`, `symbols` or `adjust`. Without `missing`,
            bars that lack a price are kept.
        """
        return read_panel(self, self._registry(()), self._store, data, **fields)

    def find_series(self, name: str) -> dict[str, Any]:
        """Find a series by its name, or by its symbol where that is unique."""
        rows = self.series()
        found = rows[(rows["series"] == name) | (rows["symbol"] == name)]
        if len(found) == 1:
            return {str(k): v for k, v in found.iloc[0].to_dict().items()}
        known = sorted({*rows["series"], *rows["symbol"]})
        if found.empty:
            raise DataError(f"the store has no series {name!r}.{did_you_mean(name, known)} See `workbench data list`.")
        raise RequestError(f"{name!r} is the symbol of several series: {', '.join(found['series'])}. Name one of them.")

    def bars(self, series: str) -> Bars:
        """Newest bars of a series in the store."""
        return self._store.newest_bars(series)

    def _with_own_plugins(self, experiment: Experiment) -> Experiment:
        """Name the plugin files, folders and modules that this workbench was given, so that the run can be resumed."""
        given = dict.fromkeys(str(plugin_path(str(p)) or p) for p in self._plugins if _is_text(p))
        more = [p for p in given if p not in experiment.plugins]
        return experiment.replace(plugins=(*experiment.plugins, *more)) if more else experiment

    def _read(self, source: DataSource, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Get bars of a source for whoever has no experiment yet; those of remote ones are kept."""
        if not type(source).is_remote:
            return call_source(source, symbol, start, end, interval)
        self._store.check()
        return keep(source, series_info(source, symbol, interval), self._store, start=start, end=end).bars

    def _registry(self, plugins: tuple[str, ...]) -> Registry:
        if plugins not in self._registries:
            self._registries[plugins] = default_registry(self._blocked, [*self._plugins, *plugins])
        return self._registries[plugins]


def _is_text(plugin: Any) -> bool:
    return isinstance(plugin, (str, Path))


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
