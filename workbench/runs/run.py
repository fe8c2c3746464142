"""`Run`: a run of the store, read back piece by piece as it is asked for."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from workbench.contracts.arrays import Forecasts
from workbench.contracts.backtest import Backtest
from workbench.contracts.panel import Panel
from workbench.errors import DataError, did_you_mean
from workbench.evaluation.verdict import Verdict
from workbench.plan.experiment import Experiment
from workbench.registry.registry import Registry, default_registry
from workbench.runs.datasets import make_panel
from workbench.runs.spread import seed_spread
from workbench.runs.summary import SUMMARY_COLUMNS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.runs.records import RunStore
    from workbench.runs.searching.search import Search
    from workbench.runs.trained import TrainedModel
    from workbench_store import RunRecord


class Run:
    """One run: what was asked, what was forecast, how far off it was, what trading it earned.

    Made by `Workbench.run` and `Workbench.load`; everything is read from the store on first use.

    Parameters
    ----------
    store : RunStore
    id : str
        Identity of the run.
    registry : callable, optional
        Gives the plugins whose report sections are rendered; by default the installed ones.
    asked : callable, optional
        Gives the experiment, with the objects that it was made of, and its plugins; by default as its file says.
    """

    def __init__(
        self,
        store: RunStore,
        id: str,
        registry: Callable[[], Registry] = default_registry,
        asked: Callable[[], tuple[Experiment, Registry]] | None = None,
    ) -> None:
        self._store = store
        self._registry = registry
        self._asked = asked or (lambda: (self.experiment, registry()))
        self._read: dict[str, Any] = {}
        self.id = id

    def apart(self) -> Run:
        """Return the same run with copies of all its tables; what is done to them there reaches nobody else.

        What was read already is not read again.
        """
        other = Run(self._store, self.id, self._registry, self._asked)
        other._read = self._read
        return other

    def _keep(self, name: str, read: Callable[[], Any]) -> Any:
        """Read something once for this run and those set apart from it; to be copied before it is handed out."""
        if name not in self._read:
            self._read[name] = read()
        return self._read[name]

    def _table(self, name: str) -> pd.DataFrame:
        table: pd.DataFrame = self._keep(name, lambda: self._store.frame(name, self.id))
        return table.copy()

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.name!r} {self.status}: {self.verdict}>"

    @cached_property
    def _record(self) -> RunRecord:
        record: RunRecord = copy.deepcopy(self._keep("record", lambda: self._store.find_run(self.id)))
        return record

    @property
    def _document(self) -> Mapping[str, Any]:
        summary = self._record.summary
        return summary if isinstance(summary, Mapping) else {}

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return self._record.name

    @property
    def status(self) -> str:
        """`running`, `finished`, `failed` or `interrupted`."""
        return self._record.status

    @property
    def created_at(self) -> pd.Timestamp:
        """When the run started, UTC."""
        return pd.Timestamp(self._record.created_at)

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it is not finished."""
        return self._record.seconds

    @property
    def error(self) -> str | None:
        """What stopped it, if anything did."""
        return self._record.error

    @property
    def toml(self) -> str:
        """The experiment as TOML."""
        return self._record.toml

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment."""
        return Experiment.from_toml(self.toml)

    @property
    def data(self) -> list[dict[str, Any]]:
        """The exact bars it saw: series, symbol, revision, end, sha256, n_rows, context."""
        return [asdict(version) for version in self._record.data]

    @property
    def provenance(self) -> dict[str, Any]:
        """Versions of code, packages and plugins, platform, seeds."""
        return dict(self._record.provenance)

    @property
    def headline(self) -> str:
        """Label of the first forecaster."""
        return str(self._document.get("headline", ""))

    @property
    def persistence(self) -> str:
        """Label of the persistence model."""
        return str(self._document.get("persistence", ""))

    @property
    def verdict(self) -> str:
        """The headline forecaster against persistence, in a sentence."""
        return str(self._document.get("verdict", f"The run is {self.status}; there is no verdict."))

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """The test against persistence of every other model."""
        return {label: Verdict(**values) for label, values in self._document.get("verdicts", {}).items()}

    @property
    def notes(self) -> list[str]:
        """What a reader of the numbers has to know."""
        return list(self._document.get("notes", []))

    @property
    def health(self) -> list[dict[str, Any]]:
        """The health sheet of each symbol's bars, made when the run was; see `Workbench.check_data`."""
        return list(self._document.get("data", []))

    @property
    def trial(self) -> dict[str, Any] | None:
        """`number` of trials on these data in this store and `since` when, for the headline forecaster."""
        trial: dict[str, Any] | None = self._document.get("trial")
        return trial

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per model: pooled errors in target space, verdict, and money after costs."""
        rows = pd.DataFrame(self._document.get("rows", []), columns=["model", *SUMMARY_COLUMNS])
        return rows.set_index("model")

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Long scores: model, symbol, seed, fold, step, space, metric, value; null means pooled over it."""
        return self._table("scores")

    @cached_property
    def spread(self) -> pd.DataFrame:
        """RMSE and skill of each model over its seeds: how many, mean, standard deviation, least and largest.

        Indexed by (model, metric); empty where every model was fitted with one seed. See `seeds` of `Experiment`.
        """
        return seed_spread(self.scores, list(self.summary.index))

    @cached_property
    def forecasts(self) -> pd.DataFrame:
        """The forecast frame, with `actual` and `actual_price` beside each forecast."""
        return self._table("forecasts")

    @cached_property
    def learning(self) -> pd.DataFrame:
        """Learning curves: model, symbol, seed, fold, epoch, losses, validation RMSE and hit rate."""
        return self._table("learning")

    @cached_property
    def signals(self) -> pd.DataFrame:
        """Signals per model; a null seed is the mean forecast over seeds."""
        return self._table("signals")

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The plan, and what is done of it."""
        tasks: pd.DataFrame = self._keep("tasks", lambda: self._store.tasks(self.id))
        return tasks.copy()

    @cached_property
    def backtests(self) -> Mapping[str, Backtest]:
        """Backtest of each model's mean forecast over seeds, and of `buy_and_hold`; empty without a strategy."""
        return Backtests(self._store, self.id, self._keep("backtests", dict))

    @property
    def backtest(self) -> Backtest:
        """The headline forecaster's backtest."""
        return self.backtests[self.headline]

    @cached_property
    def panel(self) -> Panel:
        """The bars the run saw, exactly as it saw them."""
        panel: Panel = self._keep("panel", self._make_panel)
        return panel.copy()

    def _make_panel(self) -> Panel:
        bars = {v.symbol: self._store.bars(v) for v in self._record.data if v.context is None}
        return make_panel(bars, self.experiment)[0]

    @property
    def search(self) -> Search | None:
        """The search over settings that started this run; None where it was asked for directly."""
        from workbench.runs.searching.search import Search

        found = self._store.searches.of_run(self.id)
        return None if found is None else Search(self._store, found, self._registry)

    @property
    def models(self) -> pd.DataFrame:
        """The trained models: those of the newest fold, and others that were kept; which are kept, and how large."""
        from workbench.runs.models import list_models

        return list_models(self._store, self.id)

    def model(self, label: str | None = None, seed: int | None = None, symbol: str | None = None) -> TrainedModel:
        """Return a trained model of the newest fold, to forecast with or to save.

        Parameters
        ----------
        label : str, optional
            Of the forecaster; the headline by default.
        seed : int, optional
            The first by default.
        symbol : str, optional
            Needed where each symbol has a model of its own and there are several.

        Returns
        -------
        TrainedModel
            As it was kept; one that could not be saved is fitted again from the stored bars, which is exact.

        Raises
        ------
        RequestError
            There is no such model, or several.
        """
        from workbench.runs.models import newest_models, the_only

        name = label or self.headline
        if seed is None and name in set(self.tasks["model"]):
            seed = int(self.tasks.loc[self.tasks["model"] == name, "seed"].min())
        return the_only(newest_models(self._store, self._record, self._asked, label=name, seed=seed, symbol=symbol))

    def predict(
        self,
        bars: Panel | pd.DataFrame | Mapping[str, pd.DataFrame],
        context: Mapping[str, pd.DataFrame] | None = None,
        *,
        model: str | None = None,
        origins: Literal["newest", "all"] = "newest",
    ) -> Forecasts:
        """Forecast from bars with the newest fold's models: the mean over their seeds, as it is traded.

        Parameters
        ----------
        bars, context, origins
            See `TrainedModel.predict`.
        model : str, optional
            Label of the forecaster; the headline by default.
        """
        from workbench.runs.models import mean_forecasts, newest_models, predict_with

        models = newest_models(self._store, self._record, self._asked, label=model or self.headline)
        return mean_forecasts(predict_with(models, bars, context, origins), models[0].inputs.target)

    def save_models(self, folder: str | Path, model: str | None = None) -> list[Path]:
        """Write the newest fold's models into a folder, each into one of its own, for `workbench.load_model`.

        Parameters
        ----------
        folder : str or Path
            Where several are written it gets a folder `<symbols>-<seed>` for each; a single one is written into it.
        model : str, optional
            Label of the forecaster; the headline by default.

        Raises
        ------
        NotSaveable
            A model cannot be told in JSON and safetensors.
        """
        from workbench.runs.models import newest_models, save_each

        models = newest_models(self._store, self._record, self._asked, label=model or self.headline)
        return save_each(models, Path(folder).expanduser())

    def plot(self, kind: str = "forecast", **options: Any) -> Figure:
        """Draw one of the figures of the report.

        Parameters
        ----------
        kind : {"forecast", "error", "learning", "equity"}
        **options
            See `workbench.reports.figures`.
        """
        from workbench.reports.figures import draw

        return draw(self, kind, **options)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report as one self-contained HTML file and return its path.

        Parameters
        ----------
        path : str or Path, optional
            `<name>-<id>.html` in the working directory by default.
        """
        from workbench.reports.report import write_report

        return write_report(self, path, self._registry())


class Backtests(Mapping[str, Backtest]):
    """Backtests of a run by model, read when asked for into `read`, and copied from there."""

    def __init__(self, store: RunStore, run: str, read: dict[str, Backtest]) -> None:
        self._store = store
        self._run = run
        self._read = read
        self._copies: dict[str, Backtest] = {}

    @cached_property
    def _models(self) -> list[str]:
        return self._store.traded_models(self._run)

    def __getitem__(self, model: str) -> Backtest:
        if model not in self._models:
            there = (
                f"There are: {', '.join(self._models)}."
                if self._models
                else "Nothing was traded: the run has no strategy, or its notes say why not."
            )
            raise DataError(f"no backtest of {model!r}.{did_you_mean(model, self._models)} {there}")
        if model not in self._read:
            self._read[model] = self._store.backtest(self._run, model)
        if model not in self._copies:
            self._copies[model] = copy.deepcopy(self._read[model])
        return self._copies[model]

    def __contains__(self, model: object) -> bool:
        return model in self._models

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)
