"""The part of `Workbench` that searches over the settings of an experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from workbench.plan.experiment import Experiment
from workbench.plan.grid import Setting, check_grid
from workbench.plan.space import TuneSettings, check_space
from workbench.runs.executor import LocalExecutor
from workbench.runs.series_bench import SeriesBench

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.bench import Workbench
    from workbench.runs.execute import Progress
    from workbench.runs.searching.search import Search
    from workbench.runs.searching.sweep import Sweep

_T = TypeVar("_T")


class SearchBench(SeriesBench):
    """What `Workbench` does with many settings of one experiment."""

    def sweep(
        self,
        experiment: Experiment,
        grid: Mapping[str, Any],
        *,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Search:
        """Run every setting of a grid, and compare them by their validation block.

        Each setting is a run of its own, named after it, and a trial in the ledger. Asked again, a sweep that was
        stopped goes on with what is missing, and one that is complete is read back.

        Parameters
        ----------
        experiment : Experiment
        grid : mapping of str to list
            Values by path, such as `{"forecasters.0.hidden": [16, 32], "lookback": [10, 20]}`; all combinations are
            run.
        workers : int, optional
            Processes at most; the number of cores by default. Never changes a result.
        progress : callable, optional
            Called with (settings done, settings in all, what is being done).

        Returns
        -------
        Search

        Raises
        ------
        ExperimentError
            A path leads nowhere, or a plugin refuses a value; nothing was run.
        RunFailedError
            No setting could be run to its end.
        """
        executor = LocalExecutor(workers)
        return _stoppable(lambda: self._sweep(experiment, grid).run(executor, progress))

    def list_settings(self, experiment: Experiment, grid: Mapping[str, Any]) -> list[Setting]:
        """List the settings of a sweep, and run nothing."""
        return [setting for setting, _ in self._sweep(experiment, grid).settings()]

    def _sweep(self, experiment: Experiment, grid: Mapping[str, Any]) -> Sweep:
        from workbench.runs.searching.sweep import Sweep

        bench = cast("Workbench", self)
        return Sweep(bench, self._with_own_plugins(experiment), check_grid(grid))

    def tune(
        self,
        experiment: Experiment,
        space: Mapping[str, Any],
        *,
        trials: int | None = None,
        seed: int | None = None,
        settings: Mapping[str, Any] | TuneSettings | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Search:
        """Search a space for the setting with the best validation score, and run that one on the test.

        Settings are fitted on the training origins of the first fold and scored on its validation block: the search
        sees nothing of any test. Each is a trial in the ledger, over the period of that block. Asked again, a search
        that was stopped goes on as if it had not been; asked for more trials, it adds them.

        Parameters
        ----------
        experiment : Experiment
            With `validation` above 0. Its first forecaster is the one that is scored.
        space : mapping of str to range or list
            By path: `{"low": 16, "high": 128, "log": True}`, or a list of choices.
        trials : int
            Settings to try in all.
        seed : int, default=7
            Of the search: the same seed asks for the same settings.
        settings : mapping, optional
            What else `[tune]` takes: `metric`, `startup`, `prune`, `prune_after_trials`, `prune_after_epochs`.
        workers : int, optional
            Processes at most, for the run on the test.
        progress : callable, optional
            Called with (settings done, settings in all, what is being done).

        Returns
        -------
        Search
            Its `best_run` is the run on the test.

        Raises
        ------
        RequestError
            Optuna is missing, there is no validation block, or the space is malformed; nothing was run.
        RunFailedError
            No setting has a value, or the run of the best one failed.
        """
        from workbench.runs.searching.tune import Tuning, tuned_settings

        executor = LocalExecutor(workers)
        how = tuned_settings(settings, trials=trials, seed=seed)
        tuning = Tuning(cast("Workbench", self), self._with_own_plugins(experiment), check_space(space), how)
        return _stoppable(lambda: tuning.run(executor, progress))

    def load_search(self, search: str) -> Search:
        """Find a search by id, a unique beginning of one, or the name of its experiment (its newest)."""
        from workbench.runs.searching.search import Search

        return Search(self._store, self._store.searches.find(search), lambda: self._registry(()))

    def searches(self) -> pd.DataFrame:
        """One row per search in the store, newest first."""
        return self._store.searches.all()


def _stoppable(search: Callable[[], _T]) -> _T:
    try:
        return search()
    except KeyboardInterrupt as err:
        raise KeyboardInterrupt(
            "the search was interrupted; what it had finished is kept, and the same command goes on with it."
        ) from err
