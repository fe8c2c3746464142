"""Sweeps: every setting of a grid is a run of its own."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.contracts.forecaster import Executor
from workbench.errors import RequestError, RunFailedError, RunNotFoundError, WorkbenchError, WorkbenchWarning
from workbench.plan.experiment import Experiment
from workbench.plan.grid import Grid, Setting, experiment_of, list_settings
from workbench.plan.resolve import resolve
from workbench.plan.toml import shown_toml
from workbench.runs.execute import Progress
from workbench.runs.run import Run
from workbench.runs.searching import validation
from workbench.runs.searching.identity import search_id
from workbench.runs.searching.search import Search, test_figures
from workbench_store import SearchRecord, SearchTrial

if TYPE_CHECKING:
    from workbench.runs.bench import Begun, Workbench


@dataclass(frozen=True)
class Sweep:
    """A grid about to be run.

    Parameters
    ----------
    bench : Workbench
    experiment : Experiment
        With the bench's own plugins.
    grid : dict
        Lists of values by path.
    """

    bench: Workbench
    experiment: Experiment
    grid: Grid

    def settings(self) -> list[tuple[Setting, Experiment]]:
        """Return every setting with its experiment, once all of them are known to be possible.

        Raises
        ------
        ExperimentError
            A path leads nowhere, or a plugin refuses a value.
        """
        found = [(setting, experiment_of(self.experiment, setting)) for setting in list_settings(self.grid)]
        for _, asked in found:
            resolve(asked, self.bench._registry(asked.plugins))
        return found

    def run(self, executor: Executor, progress: Progress | None) -> Search:
        """Run what is missing of the grid, and return the search."""
        settings = self.settings()
        bench, store = self.bench, self.bench._store
        keys = [task.key for task in bench.plan(self.experiment)]
        search = search_id("sweep", self.experiment, self.grid, keys)
        planned = [SearchTrial(search, s.number, dict(s.values), s.label) for s, _ in settings]
        record = SearchRecord(search, "sweep", self.experiment.name, shown_toml(self.experiment), {"space": self.grid})
        store.searches.begin(record, planned)
        trials = store.searches.trials(search)
        tell = progress or (lambda done, total, what: None)
        for trial, (setting, asked) in zip(trials, settings, strict=True):
            tell(setting.number, len(settings), setting.label)
            if trial.status != "complete":
                self._try(trial, asked, len(settings), executor)
        tell(len(settings), len(settings), "")
        return self._result(search)

    def _try(self, trial: SearchTrial, asked: Experiment, n_settings: int, executor: Executor) -> None:
        """Run one setting, or go on with its run, and keep what it gave."""
        store = self.bench._store
        note = (
            f"One of {n_settings} settings of {trial.search}. The best of {n_settings} is a best of {n_settings}: its "
            f"verdict has to be judged among all of them, as `workbench report {trial.search}` does."
        )
        try:
            begun = self._begun(trial, asked, [note] if n_settings > 1 else [])
            run = self._finished(begun, executor)
            kept = list(validation.of_run(begun.prepared, begun.info.tasks, run.learning))
        except WorkbenchError as err:
            if isinstance(err, RequestError):
                raise
            there = next(t for t in store.searches.trials(trial.search) if t.number == trial.number)
            store.searches.save(replace(there, status="failed", error=str(err)))
            warnings.warn(f"{trial.label} failed: {err}", WorkbenchWarning, stacklevel=2)
            return
        seen = validation.pooled(kept) if kept else {}
        done = replace(
            trial,
            status="complete",
            run=run.id,
            value=seen.get("rmse"),
            validation=seen,
            test=test_figures(run),
            intermediate=_epochs(run),
            seconds=run.seconds,
            error=None,
        )
        store.searches.save(done)

    def _begun(self, trial: SearchTrial, asked: Experiment, notes: Sequence[str]) -> Begun:
        """Begin the run of a setting, written in one step with the setting; or find the one that was begun."""
        if trial.run is not None:
            try:
                record = self.bench._store.find_run(trial.run)
            except RunNotFoundError:  # it was removed
                pass
            else:
                return self.bench._begin_again(record, asked, notes=notes)

        def started(run: str) -> None:
            self.bench._store.searches.save(replace(trial, status="running", run=run))

        return self.bench._begin(asked, notes=notes, started=started)

    def _finished(self, begun: Begun, executor: Executor) -> Run:
        there = self.bench.load(begun.info.id)
        return there if there.status == "finished" else self.bench._complete(begun, executor, None)

    def _result(self, search: str) -> Search:
        found = Search(self.bench._store, search, lambda: self.bench._registry(self.experiment.plugins))
        failed = [trial for trial in found._trials if trial.status == "failed"]
        if len(failed) == found.n_settings:
            raise RunFailedError(f"all {len(failed)} settings of {search} failed, the first with: {failed[0].error}")
        return found


def _epochs(run: Run) -> list[dict[str, Any]]:
    """Learning curves of a run's headline, its fits numbered from 0."""
    rows = run.learning[run.learning["model"] == run.headline]
    fits = ["symbol", "seed", "fold"]
    rows = rows.sort_values([*fits, "epoch"], na_position="first")
    numbered = rows.assign(fit=rows.groupby(fits, dropna=False, sort=False).ngroup()).drop(columns=["model", *fits])
    records: Any = numbered.astype(object).to_dict("records")
    return list(records)
