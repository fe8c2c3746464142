"""The part of `Workbench` that looks ahead: forecasts of bars to come, and what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError, RunNotFoundError
from workbench.plan.experiment import Experiment
from workbench.registry.local import plugin_path
from workbench.registry.registry import Registry
from workbench.runs import keeping
from workbench.runs.executor import LocalExecutor
from workbench.runs.following import follow
from workbench.runs.forward import Forward, Question, make_forward
from workbench.runs.promises import ForwardScores, score_promises
from workbench.runs.series_bench import SeriesBench

if TYPE_CHECKING:
    import pandas as pd

    from workbench_store import RunRecord


class ForwardBench(SeriesBench):
    """What `Workbench` does with the bars that come next."""

    def forecast(
        self,
        run: str = "latest",
        *,
        model: str | None = None,
        refit: bool = False,
        experiment: Experiment | None = None,
        workers: int | None = None,
    ) -> Forward:
        """Fetch the newest bars of a finished run and forecast the next ones; what was said, and when, is kept.

        Parameters
        ----------
        run : str
            Id, unique prefix, name, or `latest`.
        model : str, optional
            Label of the forecaster; the headline by default.
        refit : bool, default=False
            Train anew on all bars there are, with the same settings and validation share; else the model of the
            newest fold forecasts as it is.
        experiment : Experiment, optional
            Needed only if the run's experiment held objects that a file cannot, such as a frame that has grown.
        workers : int, optional
            See `run`.

        Returns
        -------
        Forward

        Raises
        ------
        RequestError
            The run did not finish, or has no such model.
        DataError
            The source could not answer, or nothing can be forecast from what it gave.
        """
        made = self._forward(self._question(run, model, refit=refit), experiment, workers)
        assert made is not None, "nothing is skipped unless origins are known"
        return made

    def signal(
        self,
        run: str = "latest",
        *,
        model: str | None = None,
        refit: bool = False,
        experiment: Experiment | None = None,
        workers: int | None = None,
    ) -> Forward:
        """Forecast as `forecast` does, and ask the run's strategy for the position to hold from the next open on.

        Returns
        -------
        Forward
            `signals` has one row per symbol.

        Raises
        ------
        RequestError
            The run has no strategy, did not finish, or has no such model.
        """
        made = self._forward(self._question(run, model, refit=refit, signal=True), experiment, workers)
        assert made is not None, "nothing is skipped unless origins are known"
        return made

    def score_forward(self, run: str | None = None, *, experiment: Experiment | None = None) -> ForwardScores:
        """Fetch the bars that have come since, and score what was forecast of them.

        Parameters
        ----------
        run : str, optional
            Id, unique prefix, name, or `latest`; by default everything that was ever forecast, also of runs that
            were removed since.
        experiment : Experiment, optional
            Needed only if the run's experiment held objects that a file cannot, such as a frame that has grown.

        Returns
        -------
        ForwardScores
            Computed from the newest bars each time it is asked for: bars can be revised, promises cannot.
        """
        if not self._store.path.exists():
            raise DataError(f"there is no store {str(self.path)!r} yet, so nothing was forecast.")
        id = None if run is None else self._forecast_by(run)

        def asked_of(id: str, toml: str) -> tuple[Experiment, Registry]:
            asked = experiment or self._asked.get(id) or Experiment.from_toml(toml)
            return asked, self._registry(plugins_there(asked))

        return score_promises(self._store, id, asked_of)

    def _forecast_by(self, run: str) -> str:
        """Return the id of a run, also of one that was removed since."""
        try:
            return self._store.find_run(run).run
        except RunNotFoundError:
            forecast = self._store.forward()[["run", "name"]].iloc[::-1].drop_duplicates()
            named = forecast[(forecast["run"] == run) | (forecast["name"] == run)]["run"].tolist()
            begun = [id for id in forecast["run"].unique() if run and id.startswith(run)]
            if not named and len(begun) != 1:
                raise
            return str((named or begun)[0])

    def follow(
        self,
        run: str = "latest",
        *,
        model: str | None = None,
        refit: bool = False,
        signal: bool = False,
        every: float = 900.0,
        experiment: Experiment | None = None,
        workers: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Iterator[Forward]:
        """Forecast now, and again each time a bar has come; goes on until it is left.

        Parameters
        ----------
        run, model, refit, experiment, workers
            See `forecast`.
        signal : bool, default=False
            Whether the strategy is asked too.
        every : float, default=900.0
            Seconds between two looks at the source, once the next bar is due by the calendar.
        sleep : callable, optional
            Waits some seconds.
        """
        question = self._question(run, model, refit=refit, signal=signal)

        def forecast(known: Mapping[str, pd.Timestamp] | None) -> Forward | None:
            return self._forward(replace(question, known=known), experiment, workers)

        return follow(forecast, every=every, now=lambda: keeping.utc_now(), sleep=sleep)

    def _question(self, run: str, model: str | None, **more: Any) -> Question:
        record = self._store.find_run(run)
        summary = record.summary if isinstance(record.summary, Mapping) else {}
        return Question(record, model or str(summary.get("headline", "")), **more)

    def _forward(self, question: Question, experiment: Experiment | None, workers: int | None) -> Forward | None:
        asked = self._asked_of(question.record, experiment)
        return make_forward(self._store, question, lambda: asked, LocalExecutor(workers))

    def _asked_of(self, record: RunRecord, experiment: Experiment | None) -> tuple[Experiment, Registry]:
        """Return what a run was asked, with the objects handed in if this session made it, and its plugins."""
        asked = experiment or self._asked.get(record.run) or Experiment.from_toml(record.toml)
        return asked, self._registry(plugins_there(asked))


def plugins_there(asked: Experiment) -> tuple[str, ...]:
    """Return the plugins of an experiment but the files that are not there any more."""
    return tuple(plugin for plugin in asked.plugins if (path := plugin_path(plugin)) is None or path.exists())
