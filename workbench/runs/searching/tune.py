"""`tune`: searching a space on the validation block alone, and running the best setting once on the test."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.contracts.arrays import FloatArray
from workbench.contracts.forecaster import Executor
from workbench.contracts.metric import Metric
from workbench.errors import (
    ExperimentError,
    FitStopped,
    RunFailedError,
    RunNotFoundError,
    WorkbenchError,
    WorkbenchWarning,
    did_you_mean,
)
from workbench.plan.changing import with_values
from workbench.plan.experiment import Experiment
from workbench.plan.grid import Setting, experiment_of, fields_that_move_rows, label_all
from workbench.plan.resolve import Resolved, resolve
from workbench.plan.space import Space, TuneSettings
from workbench.plan.tasks import FitTask, SeriesVersion, plan
from workbench.plan.toml import shown_toml
from workbench.runs.contexts import fetch_all
from workbench.runs.datasets import FetchedSeries
from workbench.runs.execute import Progress
from workbench.runs.fitting import fit_here
from workbench.runs.prepare import Prepared, prepare
from workbench.runs.searching import validation
from workbench.runs.searching.identity import search_id
from workbench.runs.searching.ledger import validation_trials
from workbench.runs.searching.pruning import MedianPruner
from workbench.runs.searching.sampling import next_values, require_optuna
from workbench.runs.searching.search import Search, test_figures
from workbench_store import SearchRecord, SearchTrial

if TYPE_CHECKING:
    from workbench.registry.registry import Registry
    from workbench.runs.bench import Begun, Workbench


@dataclass(frozen=True, eq=False)
class Tuning:
    """A search about to be made.

    Parameters
    ----------
    bench : Workbench
    experiment : Experiment
        With the bench's own plugins.
    space : dict of str to Dimension
    settings : TuneSettings
    """

    bench: Workbench
    experiment: Experiment
    space: Space
    settings: TuneSettings

    @cached_property
    def _registry(self) -> Registry:
        return self.bench._registry(self.experiment.plugins)

    @cached_property
    def _resolved(self) -> Resolved:
        return resolve(self.experiment, self._registry)

    @cached_property
    def _fetched(self) -> list[FetchedSeries]:
        return fetch_all(self._resolved, self.bench._store)

    @cached_property
    def _prepared(self) -> Prepared:
        return prepare(self._resolved, self._fetched)

    @cached_property
    def _versions(self) -> list[SeriesVersion]:
        """The bars, as the store keeps them."""
        return self.bench._keep(self._resolved, self._fetched, self._prepared)

    @cached_property
    def _metric(self) -> Metric:
        known = {str(metric.name): metric for metric in self._resolved.metrics if not metric.needs}
        asked = self.settings.metric
        needy = next((metric for metric in self._resolved.metrics if str(metric.name) == asked and metric.needs), None)
        if needy is not None:
            raise ExperimentError(
                f"`metric` of `tune` is {asked!r}, which needs {' and '.join(sorted(needy.needs))}; a search has point "
                f"forecasts alone. There are: {', '.join(known)}."
            )
        if asked not in known:
            raise ExperimentError(
                f"`metric` of `tune` is {asked!r}.{did_you_mean(asked, known)} There are: {', '.join(known)}."
            )
        return known[asked]

    def check(self) -> None:
        """Refuse what cannot be searched, before anything is fitted or written.

        Raises
        ------
        RequestError
            Optuna is missing, there is no validation block or no number of trials, or the space leads nowhere.
        """
        require_optuna()
        if self.settings.trials is None:
            raise ExperimentError("say how many settings to try: `--trials 20`, or `trials = 20` in `[tune]`.")
        if self.experiment.validation == 0:
            raise ExperimentError(
                "a search needs a validation block to compare settings on, and `validation` is 0: choosing by the test "
                "would fit the test. Set `validation = 0.1`, or more."
            )
        moving = fields_that_move_rows(list(self.space))
        if moving:
            raise ExperimentError(
                f"`{moving[0]}` changes what is scored, so errors of two settings could not be compared. Search what "
                f"the forecaster is and sees; for the rest make a sweep, and compare skill."
            )
        for path, dimension in self.space.items():
            for value in dimension.edges:
                resolve(with_values(self.experiment, {path: value}), self._registry)
        assert self._metric is not None

    def run(self, executor: Executor, progress: Progress | None) -> Search:
        """Try what is missing, run the best setting on the test, and return the search."""
        self.check()
        store = self.bench._store
        store.check()
        search = self._begin()
        wanted = self.settings.trials or 0
        tell = progress or (lambda done, total, what: None)
        trials = store.searches.trials(search)
        if len(trials) > wanted:
            warnings.warn(
                f"{search} holds {len(trials)} settings already, more than the {wanted} asked for; "
                "all of them are shown.",
                WorkbenchWarning,
                stacklevel=2,
            )
        while len(trials) < wanted:
            trial, asked = self._next(search, trials)
            tell(len(trials), wanted + 1, trial.label)
            trial, prepared = self._tried(trial, asked, trials)
            ledger = validation_trials(trial, prepared, self._versions)
            with store.transaction():
                store.searches.save(trial)
                store.record_trials(ledger)
            trials.append(trial)
        tell(wanted, wanted + 1, "the best setting, on the test")
        self._run_best(search, executor)
        tell(wanted + 1, wanted + 1, "")
        return Search(store, search, lambda: self._registry)

    def _begin(self) -> str:
        """Write the search, unless it is there already, and return its id."""
        options = self.settings.model_dump(exclude={"trials"})  # more trials go on with the same search
        space = {path: dimension.to_dict() for path, dimension in self.space.items()}
        keys = [task.key for task in plan(self._resolved, self._versions)]
        search = search_id("tune", self.experiment, {"space": space, "options": options}, keys)
        spec = {"space": space, "options": options, "lower_is_better": self._metric.lower_is_better}
        toml = shown_toml(self.experiment)
        self.bench._store.searches.begin(SearchRecord(search, "tune", self.experiment.name, toml, spec))
        return search

    def _next(self, search: str, before: Sequence[SearchTrial]) -> tuple[SearchTrial, Experiment]:
        """Return the next setting to try, with its experiment."""
        lower = self._metric.lower_is_better
        values = next_values(self.space, self.settings, before, lower_is_better=lower)
        label = label_all([values])[0]
        if any(trial.label == label and trial.settings != values for trial in before):
            label = f"{label}#{len(before)}"
        setting = Setting(len(before), values, label)
        return SearchTrial(search, setting.number, values, label), experiment_of(self.experiment, setting)

    def _tried(
        self, trial: SearchTrial, asked: Experiment, before: Sequence[SearchTrial]
    ) -> tuple[SearchTrial, Prepared]:
        """Fit a setting and score it on the validation block; one that was tried to its end is not fitted again."""
        started = time.monotonic()
        resolved = resolve(asked, self._registry)
        try:
            prepared = self._prepared_for(resolved)
        except WorkbenchError as err:  # such as a lookback longer than the series
            return replace(trial, status="failed", error=str(err), seconds=0.0), replace(
                self._prepared, resolved=resolved
            )
        for same in before:
            if same.settings == trial.settings and same.status == "complete":
                again = replace(same, number=trial.number, label=same.label, run=None, test={}, seconds=0.0)
                return again, prepared
        pruner = MedianPruner(self.settings, before)
        try:
            done = self._scored(trial, prepared, pruner)
        except FitStopped as err:
            done = replace(trial, status="pruned", error=str(err))
        except WorkbenchError as err:
            done = replace(trial, status="failed", error=str(err))
        return replace(done, intermediate=pruner.epochs, seconds=time.monotonic() - started), prepared

    def _prepared_for(self, resolved: Resolved) -> Prepared:
        """Return what is known before the fit; made once where only the forecaster is searched."""
        if all(path.startswith("forecasters.") for path in self.space):
            return replace(self._prepared, resolved=resolved)
        return prepare(resolved, self._fetched)

    def _scored(self, trial: SearchTrial, prepared: Prepared, pruner: MedianPruner) -> SearchTrial:
        """Fit the headline forecaster of the first fold, and score its forecast of the validation block."""
        tasks = first_fits(prepared, self._versions)
        blocks = [validation.validation_block(prepared, task) for task in tasks]
        forecasts: list[FloatArray] = []
        kept = []
        for number, (task, block) in enumerate(zip(tasks, blocks, strict=True)):
            fitted, curve = fit_here(prepared, task, lambda epoch, fit=number: pruner.watch(fit, epoch))  # type: ignore[misc]
            forecasts.append(validation.validation_forecast(prepared, task, fitted))
            kept.append(validation.kept_of(block, forecasts[-1], validation.kept_epoch(curve.epochs)))
        seen: dict[str, Any] = validation.pooled(kept)
        name = self.settings.metric
        value = seen["rmse"] if name == "rmse" else validation.metric_of(self._metric, blocks, forecasts)
        if value is None:
            return replace(trial, status="failed", error=f"the metric {name!r} is undefined on the validation block.")
        return replace(trial, status="complete", value=value, validation={**seen, name: value})

    def _run_best(self, search: str, executor: Executor) -> None:
        """Run the best setting on the experiment's own folds, once."""
        store = self.bench._store
        found = Search(store, search)
        best = found.best
        if best is None:
            first = next((trial.error for trial in found._trials if trial.error), "")
            raise RunFailedError(f"none of the {found.n_settings} settings of {search} has a value. {first}".rstrip())
        if best.test:
            return
        begun = self._best_begun(best, found.n_settings)
        there = self.bench.load(begun.info.id)
        run = there if there.status == "finished" else self.bench._complete(begun, executor, None)
        best = next(trial for trial in store.searches.trials(search) if trial.number == best.number)
        store.searches.save(replace(best, test=test_figures(run)))

    def _best_begun(self, best: SearchTrial, n_settings: int) -> Begun:
        asked = experiment_of(self.experiment, Setting(best.number, best.settings, best.label))
        store = self.bench._store
        others = sum(
            trial.run is not None and trial.number != best.number for trial in store.searches.trials(best.search)
        )
        seen = (
            f"{others} other settings of it were run on this test before, so it is one of {others + 1} tests"
            if others
            else "no setting of it saw this test before"
        )
        notes = [f"Chosen among {n_settings} settings by validation, in search {best.search}; {seen}."]
        if best.run is not None:
            try:
                record = store.find_run(best.run)
            except RunNotFoundError:  # it was removed
                pass
            else:
                return self.bench._begin_again(record, asked, notes=notes)

        def started(run: str) -> None:
            store.searches.save(replace(best, run=run))

        return self.bench._begin(asked, notes=notes, started=started)


def first_fits(prepared: Prepared, versions: Sequence[SeriesVersion]) -> list[FitTask]:
    """Fits of the headline forecaster in the first fold: all that they see lies before every test."""
    tasks = plan(prepared.resolved, [prepared.seen(version) for version in versions])
    return validation.headline_tasks(prepared, tasks, fold=prepared.folds[0].number)


def tuned_settings(given: Mapping[str, Any] | TuneSettings | None, **changes: Any) -> TuneSettings:
    """Return how to search, as a file or a caller says it; what is not None in `changes` wins."""
    settings = given if isinstance(given, TuneSettings) else TuneSettings(**(given or {}))
    return settings.replace(**changes)
