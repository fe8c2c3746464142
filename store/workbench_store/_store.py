"""The store as one object: each method is one transaction around functions of the other modules."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd

from workbench_store import _bars, _fetches, _folds, _forward, _pending, _results, _runs, _searches, _tasks, _trials
from workbench_store._connection import check_exists, check_path, exclusive, in_transaction
from workbench_store._content import canonical_rows
from workbench_store._errors import StoreBusyError, StoreError
from workbench_store._forward import ForwardTable
from workbench_store._migrations import migrate
from workbench_store._query import run_query
from workbench_store._results import ResultTable
from workbench_store._search_types import SearchRecord, SearchTrial
from workbench_store._types import (
    DataVersion,
    Fetch,
    ModelFiles,
    PluginRecord,
    RunRecord,
    SeriesInfo,
    TaskRecord,
    Trial,
    TrialCount,
)


@dataclass(frozen=True, slots=True)
class _Session:
    con: duckdb.DuckDBPyConnection
    is_reader: bool


class Store:
    """One DuckDB file with the public schema of `docs/reference/store.md`.

    The file is open only for the length of a transaction; between two of them other processes have their turn.
    Every method is one transaction, unless it is called inside `transaction()` or `reader()` by the same thread:
    then it joins that one, so that many calls can be made one step that happens wholly or not at all.

    Parameters
    ----------
    path : str or Path
        The file. It is made by the first write, and never by a read.
    timeout : float, default=30.0
        Seconds to wait for another process that has the store.

    Notes
    -----
    All moments in frames and records are UTC without a time zone; those with a zone are converted. Every method
    raises `StoreBusyError` when the store does not become free in time, and `StoreError` when the file is missing
    (for reads), is no store, or is newer than this code. An error undoes the whole transaction.
    """

    def __init__(self, path: str | Path, *, timeout: float = 30.0) -> None:
        self.path = Path(path).absolute()
        self.timeout = timeout
        self._local = threading.local()

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    # Access

    def check(self) -> None:
        """Refuse a path that cannot be a store, or a store that this code cannot read; makes and changes nothing.

        Raises
        ------
        StoreError
            If the folder is missing, or the file is no DuckDB file or is newer than this code.
        """
        check_path(self.path)
        if self.path.exists():
            with self.reader():
                pass

    @contextlib.contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the store for reading and writing; commit at the end of the block, undo when it raises."""
        current = self._current()
        if current is None:
            with self._session(is_reader=False) as con:
                yield con
        elif current.is_reader:
            raise StoreError("cannot write inside `reader()`; write after it, or use `transaction()` around both.")
        else:
            yield current.con

    @contextlib.contextmanager
    def reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the store for reading: everything in the block sees one state, and writing is refused."""
        current = self._current()
        if current is None:
            check_exists(self.path)
            with self._session(is_reader=True) as con:
                yield con
        else:
            yield current.con

    def query(self, sql: str, params: Sequence[object] = ()) -> pd.DataFrame:
        """Answer one reading SQL statement; `?` in it stand for `params`.

        Raises
        ------
        StoreError
            If the statement would write, there are several, or DuckDB cannot answer it (its first line is
            quoted).
        """
        if self._current() is not None:
            raise StoreError("cannot `query` inside a transaction; use the connection it gives.")
        with self.reader() as con:
            return run_query(con, sql, params)

    # Bars

    def save_bars(
        self,
        series: SeriesInfo,
        frame: pd.DataFrame,
        *,
        replace: _bars.Replace = False,
        repairs: _bars.Repairs | None = None,
    ) -> DataVersion:
        """Write bars as a new revision that holds only what changed; no revision when nothing did.

        Parameters
        ----------
        series : SeriesInfo
            The series; made if it is new, its description brought up to date otherwise.
        frame : DataFrame
            Indexed by `time`, the moment each bar is known, with `session` (its label), `open`, `high`,
            `low`, `close`, `volume`, and any extra columns of numbers, truth values, text or moments.
        replace : bool, "span" or (first, last), default=False
            Whether `frame` is the whole truth of the series (True), of the time between its first and last bar
            ("span"), or of the sessions from `first` to `last`, both included, None being open: stored bars there
            that it lacks are marked as deleted. Otherwise they stay.
        repairs : sequence of mapping, optional
            What had to be mended in the series, kept beside it; None leaves what is known of it.

        Returns
        -------
        DataVersion
            All bars of the series as they stand now, not only those of `frame`.
        """
        rows = canonical_rows(frame)
        with self.transaction() as con:
            return _bars.save_bars(con, series, rows, replace=replace, repairs=repairs)

    def data_version(self, series: str, *, revision: int | None = None, end: datetime | None = None) -> DataVersion:
        """Name the bars of a series known up to and including `end`, as of `revision` (default: newest)."""
        with self.reader() as con:
            return _bars.data_version(con, series, revision=revision, end=end)

    def load_bars(
        self, data: DataVersion | str, *, revision: int | None = None, end: datetime | None = None
    ) -> pd.DataFrame:
        """Read bars in the shape that `save_bars` takes, extra columns in alphabetical order.

        Parameters
        ----------
        data : DataVersion or str
            A data version, whose rows are checked against its hash, or a series.
        revision : int, optional
            Of a series: as it stood then. Default: newest.
        end : datetime, optional
            Of a series: the last moment to include. Default: all.

        Raises
        ------
        StoreError
            If there is no such series, revision or bar; if the rows are not those that the data version
            names; if `revision` or `end` is given with a data version, which has its own.
        """
        if isinstance(data, DataVersion) and (revision is not None or end is not None):
            raise StoreError("a data version has its own revision and end; pass the series' name to choose others.")
        with self.reader() as con:
            if not isinstance(data, DataVersion):
                data = _bars.data_version(con, data, revision=revision, end=end)
            return _bars.load_version(con, data)

    def list_series(self) -> pd.DataFrame:
        """Return the table `series`, one row per series."""
        with self.reader() as con:
            return _bars.list_series(con)

    def list_versions(self, series: str) -> pd.DataFrame:
        """Return `revision, n_changed, n_deleted, first_time, last_time`: what each revision wrote."""
        with self.reader() as con:
            return _bars.list_versions(con, series)

    def record_fetch(self, fetch: Fetch) -> None:
        """Note that a source was asked for bars, and what it gave; in one transaction with `save_bars` if need be."""
        with self.transaction() as con:
            _fetches.record_fetch(con, fetch)

    def list_fetches(self, series: str) -> list[Fetch]:
        """Return what was asked for of a series so far, oldest first; nothing for a series that is not there."""
        with self.reader() as con:
            return _fetches.list_fetches(con, series)

    def load_repairs(self, series: str) -> list[dict[str, object]]:
        """Return what had to be mended in a series, as it was saved with it."""
        with self.reader() as con:
            return _bars.load_repairs(con, series)

    # Runs

    def create_run(
        self,
        *,
        name: str,
        experiment: str,
        toml: str,
        spec: Mapping[str, object],
        data: Sequence[DataVersion],
        provenance: Mapping[str, object],
        tasks: Sequence[TaskRecord],
        plugins: Sequence[PluginRecord] = (),
    ) -> str:
        """Begin a run: its experiment, its plan and its plugins in one transaction.

        Parameters
        ----------
        name : str
            Name of the run; need not be unique.
        experiment : str
            Content hash of the experiment.
        toml, spec : str and mapping
            The experiment as its file and as data.
        data : sequence of DataVersion
            Exactly the bars the run sees.
        provenance : mapping
            Versions, platform, seeds, ...
        tasks : sequence of TaskRecord
            The plan.
        plugins : sequence of PluginRecord
            The plugins it uses.

        Returns
        -------
        str
            The id of the run.
        """
        with self.transaction() as con:
            return _runs.create_run(
                con,
                name=name,
                experiment=experiment,
                toml=toml,
                spec=spec,
                data=data,
                provenance=provenance,
                tasks=tasks,
                plugins=plugins,
            )

    def resume_run(self, run: str) -> list[TaskRecord]:
        """Mark a stopped run as running again, and return its open tasks."""
        with self.transaction() as con:
            _runs.reopen_run(con, run)
            return _tasks.list_tasks(con, run, only_open=True)

    def commit_fold(
        self,
        run: str,
        fold: int,
        *,
        forecasts: pd.DataFrame,
        learning: pd.DataFrame,
        tasks: Sequence[TaskRecord],
        models: Sequence[ModelFiles] = (),
    ) -> bool:
        """Write one finished fold in one transaction; once more replaces what it wrote before.

        Parameters
        ----------
        run : str
            Id of the run.
        fold : int
            The fold; all rows, tasks and models must be of it.
        forecasts, learning : DataFrame
            Rows for the tables of those names, without `run`.
        tasks : sequence of TaskRecord
            The tasks of the fold, finished or failed.
        models : sequence of ModelFiles
            The fitted models to keep.

        Returns
        -------
        bool
            False when the store was busy to the end: the fold waits in `<store>.pending` then, and the next
            transaction of anybody writes it.

        Raises
        ------
        RunNotFoundError
            If there is no such run.
        """
        rows = _folds.Fold(run, fold, forecasts, learning, tasks, models)
        rows.check()
        try:
            with self.transaction() as con:
                _runs.require_run(con, run)
                _folds.write_fold(con, rows)
        except StoreBusyError:
            _pending.set_aside(self.path, rows)
            return False
        return True

    def finish_run(
        self,
        run: str,
        *,
        scores: pd.DataFrame,
        seconds: float,
        summary: object,
        verdict: str | None,
        signals: pd.DataFrame | None = None,
        orders: pd.DataFrame | None = None,
        trades: pd.DataFrame | None = None,
        equity: pd.DataFrame | None = None,
        backtests: pd.DataFrame | None = None,
    ) -> None:
        """End a run well: all its results and its summary, in one transaction.

        Parameters
        ----------
        run : str
            Id of the run.
        scores, signals, orders, trades, equity, backtests : DataFrame
            Rows for the tables of those names, without `run`. All but `scores` are None for a run that did
            not trade.
        seconds : float
            How long the run took.
        summary : JSON value
            What `show` prints; numbers that are not finite become null.
        verdict : str or None
            The verdict in words.
        """
        frames = {
            "scores": scores,
            "signals": signals,
            "orders": orders,
            "trades": trades,
            "equity": equity,
            "backtests": backtests,
        }
        with self.transaction() as con:
            _runs.close_run(con, run, "finished", seconds=seconds, summary=summary, verdict=verdict)
            _results.replace_results(con, run, {name: rows for name, rows in frames.items() if rows is not None})

    def fail_run(self, run: str, error: str, *, status: Literal["failed", "interrupted"] = "failed") -> None:
        """End a run badly; what its folds committed stays and can be resumed."""
        with self.transaction() as con:
            _runs.close_run(con, run, status, error=error)

    def find_run(self, text: str) -> RunRecord:
        """Find the run meant by `latest`, an id, a run name (its newest) or a unique prefix of an id.

        Raises
        ------
        RunNotFoundError
            If none is meant, with the nearest names, or several, with their list.
        """
        with self.reader() as con:
            return _runs.find_run(con, text)

    def list_runs(self) -> pd.DataFrame:
        """Return all runs, newest first, without their JSON columns."""
        with self.reader() as con:
            return _runs.list_runs(con)

    def remove_run(self, run: str) -> None:
        """Delete everything the run with this id wrote, but not its trials: what was tried stays tried."""
        with self.transaction() as con:
            _runs.remove_run(con, run)

    def list_tasks(self, run: str) -> list[TaskRecord]:
        """Return the plan of a run, in the order of fold, model and seed."""
        with self.reader() as con:
            return _tasks.list_tasks(con, run)

    def open_tasks(self, run: str) -> list[TaskRecord]:
        """Return the tasks of a run that are not finished: planned, or failed."""
        with self.reader() as con:
            return _tasks.list_tasks(con, run, only_open=True)

    def load_results(self, run: str, table: ResultTable) -> pd.DataFrame:
        """Return the rows of one run in one table of results, without `run`.

        Forecasts and learning curves are sorted by the table's key, other tables are as they were written.
        """
        with self.reader() as con:
            return _results.load_results(con, run, table)

    def load_models(self, run: str) -> list[ModelFiles]:
        """Return the models kept of a run, in the order of fold, model and seed."""
        with self.reader() as con:
            return _folds.load_models(con, run)

    def list_models(self, run: str, document: str) -> pd.DataFrame:
        """Return `key, model, symbols, fold, seed, n_files, n_bytes, created_at, document` of the models kept of a run.

        `document` is the text of the file of that name, null where a model has none.
        """
        with self.reader() as con:
            return _folds.list_models(con, run, document)

    def load_model(self, run: str, key: str) -> dict[str, bytes]:
        """Return the files of the model that one task fitted; empty where none was kept."""
        with self.reader() as con:
            return _folds.load_model(con, run, key)

    # Forecasts ahead

    def record_forward(self, forecasts: pd.DataFrame, signals: pd.DataFrame | None = None) -> None:
        """Write forecasts of bars that have not come yet, and the positions that follow, in one transaction.

        Parameters
        ----------
        forecasts, signals : DataFrame
            Rows for the tables `forward` and `forward_signals`.
        """
        with self.transaction() as con:
            _forward.record_forward(con, forecasts, signals)

    def load_forward(self, table: ForwardTable = "forward", run: str | None = None) -> pd.DataFrame:
        """Return forecasts ahead, of one run or all, in the order in which they were made."""
        with self.reader() as con:
            return _forward.load_forward(con, table, run)

    # Trials

    def record_trials(self, trials: Sequence[Trial]) -> None:
        """Write trials to the ledger. The same trial of the same run again keeps its date."""
        with self.transaction() as con:
            _trials.record_trials(con, trials)

    def count_trials(
        self, *, series: str, interval: str, target: str, test_start: datetime, test_end: datetime
    ) -> TrialCount:
        """Count the distinct settings tried on these data over a test period that overlaps the given one."""
        with self.reader() as con:
            return _trials.count_trials(
                con, series=series, interval=interval, target=target, test_start=test_start, test_end=test_end
            )

    # Searches

    def begin_search(self, search: SearchRecord, trials: Sequence[SearchTrial] = ()) -> None:
        """Write a search and the trials planned for it; one whose id is there already stays as it is."""
        with self.transaction() as con:
            _searches.begin_search(con, search, trials)

    def save_search_trial(self, trial: SearchTrial) -> None:
        """Write one trial of a search, in the place of the one with its number."""
        with self.transaction() as con:
            _searches.save_search_trial(con, trial)

    def load_search(self, search: str) -> SearchRecord:
        """Return the search with exactly this id.

        Raises
        ------
        RunNotFoundError
            There is none.
        """
        with self.reader() as con:
            return _searches.load_search(con, search)

    def list_searches(self) -> pd.DataFrame:
        """Return all searches, newest first: `search, kind, name, n_settings, n_done, created_at`."""
        with self.reader() as con:
            return _searches.list_searches(con)

    def list_search_trials(self, search: str) -> list[SearchTrial]:
        """Return the trials of a search, in the order of their numbers."""
        with self.reader() as con:
            return _searches.list_search_trials(con, search)

    def search_of_run(self, run: str) -> str | None:
        """Name the search that started a run; None for a run that somebody asked for directly."""
        with self.reader() as con:
            return _searches.search_of_run(con, run)

    def _current(self) -> _Session | None:
        return getattr(self._local, "session", None)

    @contextlib.contextmanager
    def _session(self, *, is_reader: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        with exclusive(self.path, self.timeout) as con:
            migrate(con, self.path)
            _pending.merge_pending(con, self.path)
            with in_transaction(con, read_only=is_reader):
                self._local.session = _Session(con, is_reader)
                try:
                    yield con
                finally:
                    self._local.session = None
