"""The trained models of a run: listed, read from the store, or fitted again where they could not be kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.contracts.arrays import Forecasts
from workbench.contracts.forecaster import Executor
from workbench.contracts.panel import Panel
from workbench.contracts.target import Target
from workbench.errors import DataError, ExperimentError, RequestError, did_you_mean
from workbench.plan.experiment import Experiment
from workbench.registry.registry import Registry
from workbench.runs.again import plan_again
from workbench.runs.datasets import make_panel
from workbench.runs.executor import LocalExecutor
from workbench.runs.fitting import fit_models, has_history
from workbench.runs.model_files import DOCUMENT, read_model
from workbench.runs.trading import mean_over_seeds
from workbench.runs.trained import Origins, TrainedModel, origins_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.runs.records import RunStore
    from workbench_store import RunRecord

MODEL_COLUMNS = ["model", "seed", "symbols", "fold", "trained_until", "kept", "n_files", "n_bytes", "key"]

Asked = Callable[[], tuple[Experiment, Registry]]
"""Gives what a run was asked, and its plugins."""


def list_models(store: RunStore, run: str) -> pd.DataFrame:
    """Return one row per model of a run that is kept, or that can be had by fitting it again.

    Returns
    -------
    DataFrame
        `model, seed, symbols, fold, trained_until, kept, n_files, n_bytes, key`: those of the newest fold, and others
        that were kept.
    """
    kept = {row["key"]: row for row in store.models(run).to_dict("records")}
    tasks = [task for task in store.tasks(run).to_dict("records") if task["status"] == "finished"]
    newest = max((task["fold"] for task in tasks), default=0)
    rows = [_row(task, kept.get(task["key"])) for task in tasks if task["fold"] == newest or task["key"] in kept]
    return pd.DataFrame(rows, columns=MODEL_COLUMNS)


def _row(task: Mapping[Any, Any], kept: Mapping[Any, Any] | None) -> dict[str, Any]:
    document = kept["document"] if kept is not None else None
    told = json.loads(document) if isinstance(document, str) else None
    return {
        **{name: task[name] for name in ("model", "seed", "symbols", "fold", "key")},
        "trained_until": pd.NaT if told is None else pd.Timestamp(told["trained_until"]),
        "kept": told is not None,
        "n_files": 0 if kept is None else int(kept["n_files"]),
        "n_bytes": 0 if kept is None else int(kept["n_bytes"]),
    }


def newest_models(
    store: RunStore,
    record: RunRecord,
    asked: Asked,
    *,
    label: str,
    seed: int | None = None,
    symbol: str | None = None,
    executor: Executor | None = None,
) -> list[TrainedModel]:
    """Return the models that a run's newest fold fitted: as they were kept, or fitted again from the stored bars.

    Parameters
    ----------
    store : RunStore
    record : RunRecord
    asked : callable
        Asked for once: it loads the plugin files that the models may need.
    label : str
    seed, symbol : optional
        Only those of one seed, or that forecast one symbol.
    executor : Executor, optional
        For those that are fitted again.

    Raises
    ------
    RequestError
        The run has no such model.
    ExperimentError
        One has to be fitted again, and the plan is not the stored one any more, so that it would be another.
    """
    tasks = _tasks_of(store, record, label, seed, symbol)
    experiment, registry = asked()
    models: dict[str, TrainedModel] = {}
    for key, _ in tasks:
        files = store.model_files(record.run, key)
        if DOCUMENT in files:
            models[key] = read_model(files, f"run {record.run}", run=record.run)
    lacking = [key for key, _ in tasks if key not in models]
    if lacking:
        models.update(_fitted_again(store, record, experiment, registry, lacking, executor or LocalExecutor(1)))
    found = [models[key] for key, _ in tasks if key in models]
    if not found:
        raise DataError(f"{label!r} was not fitted in the newest fold of run {record.run}: nothing to train on there.")
    return found


def _tasks_of(
    store: RunStore, record: RunRecord, label: str, seed: int | None, symbol: str | None
) -> list[tuple[str, tuple[str, ...]]]:
    """Key and symbols of each fit of a forecaster in the newest fold."""
    if record.status != "finished":
        raise RequestError(
            f"run {record.run} is {record.status}, and only a finished run has models to forecast with; finish it with "
            f"`workbench run --resume {record.run}`."
        )
    tasks = store.tasks(record.run).to_dict("records")
    labels = list(dict.fromkeys(task["model"] for task in tasks))
    if label not in labels:
        raise RequestError(
            f"run {record.run} has no model {label!r}.{did_you_mean(label, labels)} It has {', '.join(labels)}."
        )
    newest = max(task["fold"] for task in tasks)
    mine = [task for task in tasks if task["model"] == label and task["fold"] == newest]
    seeds = sorted({int(task["seed"]) for task in mine})
    symbols = sorted({s for task in mine for s in task["symbols"]})
    if seed is not None and seed not in seeds:
        raise RequestError(f"{label!r} was not fitted with seed {seed!r}; its seeds are {', '.join(map(str, seeds))}.")
    if symbol is not None and symbol not in symbols:
        raise RequestError(
            f"{label!r} does not forecast {symbol!r}.{did_you_mean(symbol, symbols)} It forecasts {', '.join(symbols)}."
        )
    return [
        (task["key"], tuple(task["symbols"]))
        for task in mine
        if seed in (None, task["seed"]) and (symbol is None or symbol in task["symbols"])
    ]


def forecast_symbols(store: RunStore, record: RunRecord, label: str) -> set[str]:
    """Symbols that a forecaster of a finished run is there for.

    Raises
    ------
    RequestError
        The run did not finish, or has no such model.
    """
    return {symbol for _, symbols in _tasks_of(store, record, label, None, None) for symbol in symbols}


def run_begins(store: RunStore, record: RunRecord, asked: Experiment) -> dict[str, str]:
    """Label of the first bar of each symbol that a run saw."""
    panel, _ = make_panel({v.symbol: store.bars(v) for v in record.data if v.context is None}, asked)
    return {symbol: panel[symbol].index[0].isoformat() for symbol in panel}


def _fitted_again(
    store: RunStore,
    record: RunRecord,
    experiment: Experiment,
    registry: Registry,
    keys: Sequence[str],
    executor: Executor,
) -> dict[str, TrainedModel]:
    again = plan_again(store, record, experiment, registry, verb="forecast")
    tasks = {task.key: task for task in again.tasks}
    if not set(keys) <= tasks.keys():
        why = " ".join(again.changes) or "Workbench is another version now."
        raise ExperimentError(
            f"run {record.run} has a model that was not kept, and fitting it again would give another: {why} "
            f"`workbench forecast --refit` trains anew on all bars there are."
        )
    chosen = [tasks[key] for key in keys if has_history(again.prepared, tasks[key])]
    return {task.key: model for task, model in zip(chosen, fit_models(again.prepared, chosen, executor), strict=True)}


def the_only(models: Sequence[TrainedModel]) -> TrainedModel:
    """Return the model where there is one.

    Raises
    ------
    RequestError
        There are several; the message says how to tell them apart.
    """
    if len(models) > 1:
        symbols = ", ".join(sorted({s for model in models for s in model.symbols}))
        raise RequestError(
            f"{models[0].label!r} was fitted {len(models)} times, once for each of {symbols}; name one with `symbol`."
        )
    return models[0]


def save_each(models: Sequence[TrainedModel], folder: Path) -> list[Path]:
    """Save models below a folder, each under its symbols and seed; a single one into the folder itself.

    Raises
    ------
    NotSaveable
        One of them cannot be saved; nothing was written.
    """
    for model in models:  # before anything is written
        model.to_files()
    if len(models) == 1:
        return [models[0].save(folder)]
    return [model.save(folder / f"{_file_name(model)}-{model.training.seed}") for model in models]


def _file_name(model: TrainedModel) -> str:
    """Name a folder after the symbols of a model, or how many there are."""
    named = model.symbols[0] if len(model.symbols) == 1 else f"{len(model.symbols)}-symbols"
    return re.sub(r"[^A-Za-z0-9._-]+", "_", named)


def predict_with(
    models: Sequence[TrainedModel],
    bars: Panel | pd.DataFrame | Mapping[str, pd.DataFrame],
    context: Mapping[str, pd.DataFrame] | None,
    origins: Origins,
) -> Forecasts:
    """Forecast with several models of one run, whose features are computed once; one row per model and seed."""
    inputs = models[0].inputs
    symbols = sorted({s for model in models for s in model.symbols})
    panel = inputs.panel(bars, symbols)
    samples = inputs.samples(panel, inputs.context_bars(context))
    rows = origins_of(samples, symbols, origins)
    ahead = inputs.upcoming(samples, [*rows])
    able = [model for model in models if any(len(rows.get(s, ())) for s in model.symbols)]
    return pd.concat([model.forecast(samples, rows, ahead) for model in able], ignore_index=True)


def mean_forecasts(forecasts: Forecasts, target: Target) -> Forecasts:
    """Average one model's forecasts over seeds, quantiles level by level, and turn the mean into prices."""
    where = ["symbol", "origin", "step"]
    fold = forecasts["fold"]
    mean = mean_over_seeds(forecasts.assign(fold=fold.fillna(-1)), target)
    mean["fold"] = mean["fold"].where(mean["fold"] >= 0, pd.NA).astype("Int64")
    mean["seed"] = pd.array([pd.NA] * len(mean), dtype="Int64")
    first = forecasts.drop_duplicates(where)[[*where, "persistence"]]
    mean = mean.merge(first, on=where, how="left", validate="1:1")
    if "quantiles" in forecasts:
        mean = mean.merge(_mean_quantiles(forecasts, where), on=where, how="left", validate="1:1")
    return mean


def _mean_quantiles(forecasts: Forecasts, where: list[str]) -> pd.DataFrame:
    import numpy as np

    rows = []
    for key, group in forecasts.groupby(where, sort=False):
        levels = list(group["levels"])
        if all(list(each) == list(levels[0]) for each in levels):
            quantiles = np.mean(np.array(group["quantiles"].tolist()), axis=0).tolist()
            rows.append({**dict(zip(where, key, strict=True)), "levels": levels[0], "quantiles": quantiles})
    return pd.DataFrame(rows, columns=[*where, "levels", "quantiles"])
