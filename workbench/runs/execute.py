"""Carrying a run from its plan to its summary, committing on the way."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.contracts.forecaster import Executor
from workbench.errors import RunFailedError, WorkbenchWarning
from workbench.evaluation.scores import score_forecasts
from workbench.plan.resolve import Resolved
from workbench.plan.tasks import FitTask, SeriesVersion
from workbench.registry.registry import Registry
from workbench.runs.fitting import TaskResult, carry_out
from workbench.runs.prepare import Prepared
from workbench.runs.records import RunStore
from workbench.runs.run import Run
from workbench.runs.summary import (
    judge_models,
    level_notes,
    persistence_label,
    run_notes,
    summary_document,
    summary_rows,
)
from workbench.runs.trading import trade_forecasts
from workbench.runs.trials import list_trials

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int, str], None]

COMMIT_EVERY_SECONDS = 1.0
"""Finished fits are written at least this often, so that a run that is killed loses little."""


@dataclass(frozen=True)
class RunInfo:
    """A run under way: what has been settled before its first fit.

    Parameters
    ----------
    id, name : str
    resolved : Resolved
        The experiment and its plugins.
    tasks : tuple of FitTask
        The plan.
    versions : tuple of SeriesVersion
        The exact data it sees.
    """

    id: str
    name: str
    resolved: Resolved
    tasks: tuple[FitTask, ...]
    versions: tuple[SeriesVersion, ...]


class Execution:
    """One run being carried out.

    Parameters
    ----------
    info : RunInfo
    prepared : Prepared
    store : RunStore
    registry : Registry
    executor : Executor
    progress : callable, optional
        Called with (fits done, fits in all, what is being done).
    """

    def __init__(
        self,
        info: RunInfo,
        prepared: Prepared,
        store: RunStore,
        registry: Registry,
        executor: Executor,
        progress: Progress | None = None,
    ) -> None:
        self.info = info
        self._prepared = prepared
        self._store = store
        self._registry = registry
        self._executor = executor
        self._progress = progress or (lambda done, total, what: None)
        self._started = time.monotonic()
        self._notes: list[str] = []

    def complete(self, open_keys: set[str]) -> None:
        """Do the missing tasks, then score, trade and summarise from what is in the store.

        Raises
        ------
        RunFailedError
            A fit or a forecast failed; what finished is kept, and can be resumed.
        """
        try:
            self._tell("workbench_run_started")
            self._fit(open_keys)
            self._conclude()
        except KeyboardInterrupt as err:
            reason = str(err) or "interrupted"
            self._fail(reason, err, interrupted=True)
            raise KeyboardInterrupt(
                f"run {self.info.id} was {reason}; finish it with `workbench run --resume {self.info.id}`."
            ) from err
        except BaseException as err:
            self._fail(f"{type(err).__name__}: {err}", err)
            raise

    def _fail(self, reason: str, error: BaseException, *, interrupted: bool = False) -> None:
        self._store.fail_run(self.info.id, reason, interrupted=interrupted)
        self._tell("workbench_run_failed", error=error)

    def _tell(self, event: str, **more: Any) -> None:
        """Tell listeners, with the run as it stands in the store now."""
        self._registry.fire(event, run=Run(self._store, self.info.id, lambda: self._registry), **more)

    def _fit(self, open_keys: set[str]) -> None:
        missing = [task for task in self.info.tasks if task.key in open_keys]
        total = len(self.info.tasks)
        done = total - len(missing)
        left = _left_by_fold(missing)
        buffer: list[TaskResult] = []
        failed: list[TaskResult] = []
        committed = time.monotonic()
        try:
            for result in carry_out(self._prepared, missing, self._executor):
                done += 1
                buffer.append(result)
                failed += [result] if result.error else []
                self._note(result.note)
                self._progress(done, total, f"{result.task.model}, fold {result.task.fold.number}")
                if time.monotonic() - committed > COMMIT_EVERY_SECONDS:
                    finished, buffer = buffer, []
                    self._commit(finished, left)
                    committed = time.monotonic()
        finally:  # whatever stopped it, what had finished is kept
            if buffer:
                self._commit(buffer, left)
        if failed:
            run = self.info.id
            advice = (
                f"What finished is kept; mend the cause and finish it with `workbench run --resume {run}`. Where the "
                f"cause is a setting, change it and start a new run."
            )
            raise failure(f"run {run}", failed, total, advice)

    def _commit(self, results: Sequence[TaskResult], left: dict[int, set[str]]) -> None:
        """Write results, then tell listeners of every fold that they complete."""
        self._store.commit(self.info.id, results)
        for result in results:
            for fold in () if result.error else _strike_off(left, result.task):
                self._tell("workbench_fold_finished", fold=fold)

    def _note(self, sentence: str | None) -> None:
        """Keep what a reader of the numbers has to know, and say it at once; each thing once."""
        if sentence is not None and sentence not in self._notes:
            self._notes.append(sentence)
            warnings.warn(sentence, WorkbenchWarning, stacklevel=2)

    def _conclude(self) -> None:
        resolved = self._prepared.resolved
        forecasts = self._store.frame("forecasts", self.info.id)
        self._store.record_trials(list_trials(resolved, self.info.id, self.info.versions, forecasts, []))
        traded, untraded = trade_forecasts(resolved, forecasts, self._prepared.panel, self._registry)
        scores = score_run(resolved, forecasts, self._note)
        verdicts = judge_models(resolved, forecasts)
        trials = list_trials(resolved, self.info.id, self.info.versions, forecasts, traded)
        self._store.record_trials(trials)
        rows = summary_rows(resolved, scores, verdicts, traded)
        notes = [
            *self._prepared.notes,
            *untraded,
            *self._notes,
            *run_notes(resolved),
            *level_notes(resolved, forecasts),
        ]
        document = summary_document(resolved, rows, verdicts, notes, self._trial(trials), self._prepared.health)
        seconds = time.monotonic() - self._started
        self._store.finish_run(self.info.id, scores=scores, traded=traded, seconds=seconds, summary=document)

    def _trial(self, trials: Sequence[Any]) -> dict[str, Any] | None:
        """How often these data have been asked: the count of the headline's series that was asked most."""
        headline = [t for t in trials if t.model == self._prepared.resolved.headline.label]
        counts = [self._store.count_trials(trial) for trial in headline]
        if not counts:
            return None
        most = max(counts, key=lambda count: count.n_trials)
        since = most.first_recorded
        return {
            "number": most.n_trials,
            "since": since.isoformat() if since else None,
            "sharpes": list(most.sharpes),
        }


def _left_by_fold(tasks: Sequence[FitTask]) -> dict[int, set[str]]:
    left: dict[int, set[str]] = {}
    for task in tasks:
        for fold in task.serves:
            left.setdefault(fold.number, set()).add(task.key)
    return left


def _strike_off(left: dict[int, set[str]], task: FitTask) -> list[int]:
    """Strike a task off and return the folds it completes."""
    finished = []
    for fold in task.serves:
        left[fold.number].discard(task.key)
        if not left[fold.number]:
            finished.append(fold.number)
    return finished


def score_run(resolved: Resolved, forecasts: pd.DataFrame, tell: Callable[[str], None]) -> pd.DataFrame:
    """Score all forecasts of a run; see `score_forecasts`."""
    return score_forecasts(
        forecasts,
        resolved.metrics,
        persistence=persistence_label(resolved),
        price_units=resolved.target.in_price_units,
        target=resolved.target,
        tell=tell,
    )


def failure(what: str, failed: Sequence[TaskResult], total: int, advice: str = "") -> RunFailedError:
    """Make the error that says which fits failed, with the first one's traceback for `--debug`."""
    first = failed[0]
    error = RunFailedError(
        f"{what} stopped: {len(failed)} of {total} fits failed, the first being {first.task.model!r} in fold "
        f"{first.task.fold.number}: {first.error} {advice}".rstrip()
    )
    error.add_note(first.traceback)
    return error
