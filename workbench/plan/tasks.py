"""The plan: a pure function from an experiment and the data it saw to keyed tasks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from workbench import __version__
from workbench.contracts.arrays import TimeArray
from workbench.contracts.panel import Panel
from workbench.contracts.use import Use
from workbench.errors import DataError
from workbench.evaluation.folds import Fold, split_folds
from workbench.plan.context import LoadedContext
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Model, Resolved, fingerprint, resolve
from workbench.registry.registry import Registry, default_registry


def _no_times() -> TimeArray:
    return np.empty(0, dtype="datetime64[us]")


@dataclass(frozen=True)
class SeriesVersion:
    """The exact bars of one symbol that a run sees.

    Parameters
    ----------
    series : str
        Identity of the series in the store.
    symbol : str
    revision : int
        Newest revision of the series that the bars include.
    end : str
        Label of the last bar, ISO.
    sha256 : str
        Hash of all bars of the series up to `end`, as the store holds them.
    known_at : ndarray of datetime64
        When each bar that the run uses became known, UTC; set by `seen_in`.
    used_sha256 : str
        Hash of the bars of the sessions asked for, before `missing` and `adjust`; set by `seen_in`. Keys depend
        on it, not on what else the store holds of the series; without it, on `sha256`.
    stored : object, optional
        The store's own name for the version.
    context : str, optional
        What the experiment calls it where it is another series whose features stand beside those of the symbols; its
        moments are then no part of the timeline.
    """

    series: str
    symbol: str
    revision: int
    end: str
    sha256: str
    known_at: TimeArray = field(default_factory=_no_times, compare=False, repr=False)
    used_sha256: str = ""
    stored: Any = field(default=None, compare=False, repr=False)
    context: str | None = None

    def seen_in(self, panel: Panel, used_sha256: str) -> SeriesVersion:
        """Return the version with the bars that a run uses of it: when they were known, and their hash."""
        return replace(self, known_at=panel[self.symbol]["known_at"].to_numpy(), used_sha256=used_sha256)


@dataclass(frozen=True)
class FitTask:
    """One fit and the folds whose forecasts it gives: pure data in, result out, addressed by its key.

    Parameters
    ----------
    key : str
        Hash of everything the result depends on.
    model : str
        Label of the forecaster.
    symbols : tuple of str
    seed : int
    fold : Fold
        The fold it is fitted for.
    serves : tuple of Fold
        The folds it forecasts; more than one when the experiment does not refit for each.
    """

    key: str
    model: str
    symbols: tuple[str, ...]
    seed: int
    fold: Fold
    serves: tuple[Fold, ...]


def plan(
    experiment: Experiment | Resolved,
    data_versions: Sequence[SeriesVersion],
    registry: Registry | None = None,
) -> tuple[FitTask, ...]:
    """List every fit of an experiment on the given data; computes and writes nothing.

    Parameters
    ----------
    experiment : Experiment or Resolved
    data_versions : sequence of SeriesVersion
        One per symbol, and one per context.
    registry : Registry, optional
        Where plugins are looked up when `experiment` is not resolved yet.

    Returns
    -------
    tuple of FitTask
        Fold by fold; headline forecaster first within a fold.

    Raises
    ------
    DataError
        The data are too short for the folds, or there are none.
    """
    if not data_versions:
        raise DataError("a plan needs the version of each series it is about, got no series.")
    resolved = resolve(experiment, registry or default_registry()) if isinstance(experiment, Experiment) else experiment
    times: TimeArray = np.unique(np.concatenate([v.known_at for v in data_versions if v.context is None]))
    folds = split_folds(resolved.experiment.folds, times, resolved.experiment.horizon)
    shared = _shared_identity(resolved, data_versions)
    return tuple(
        _task(resolved, shared, model, symbols, seed, fold, folds)
        for fold in folds
        if fold.fitted_in == fold.number
        for model in resolved.models
        for seed in _seeds(resolved, model)
        for symbols in _symbol_groups(model, resolved.experiment.symbols)
    )


def _seeds(resolved: Resolved, model: Model) -> tuple[int, ...]:
    seeds = resolved.experiment.seeds
    return seeds if model.forecaster.uses_seed else seeds[:1]


def _symbol_groups(model: Model, symbols: tuple[str, ...]) -> list[tuple[str, ...]]:
    """One group per symbol, or one for all where the forecaster's scope is `global`."""
    if getattr(model.forecaster, "scope", "local") == "global":
        return [tuple(sorted(symbols))]
    return [(symbol,) for symbol in sorted(symbols)]


def _task(
    resolved: Resolved,
    shared: str,
    model: Model,
    symbols: tuple[str, ...],
    seed: int,
    fold: Fold,
    folds: tuple[Fold, ...],
) -> FitTask:
    serves = tuple(f for f in folds if f.fitted_in == fold.number)
    key = fingerprint(
        shared,
        model.label,
        type(model.forecaster).name,
        model.forecaster.params,
        model.plugin.identity,
        symbols,
        seed,
        fold,
        serves,
    )
    return FitTask(key, model.label, symbols, seed, fold, serves)


def _shared_identity(resolved: Resolved, data_versions: Sequence[SeriesVersion]) -> str:
    """Hash what all fits of a run depend on alike."""
    asked = resolved.experiment
    symbols = [v for v in data_versions if v.context is None]
    return fingerprint(
        __version__,
        *(f"{v.symbol}|{v.used_sha256 or v.sha256}" for v in sorted(symbols, key=lambda v: v.symbol)),
        *(asked.start, asked.end, asked.tail, asked.missing, asked.adjust),
        *(json.dumps(asked.calendar, sort_keys=True), asked.resample),
        *(resolved.target.label, asked.horizon, asked.lookback, asked.validation, resolved.device),
        scaler_identity(asked.scaler),
        *(f"{label}={type(feature).name}{feature.params}" for label, feature in resolved.features),
        *(p.identity for p in resolved.plugins if p.kind in ("feature", "target")),
        *(_context_identity(item, data_versions) for item in resolved.context),
        *(() if resolved.universe is None else (resolved.universe.sha256,)),
        *((("calibration", asked.calibration, asked.coverage),) if asked.calibration else ()),
        *(() if asked.multi_step == "direct" else (asked.multi_step,)),
    )


def _context_identity(context: LoadedContext, data_versions: Sequence[SeriesVersion]) -> str:
    asked = context.asked
    bars = [v.used_sha256 or v.sha256 for v in data_versions if v.context == context.name]
    features = [f"{label}={type(feature).name}{feature.params}" for label, feature in context.features]
    return f"{context.name}|{bars}|{asked.lag}|{asked.missing}|{asked.adjust}|{features}"


def scaler_identity(scaler: object) -> str:
    """Text that tells scalers apart: settings of a named one, the printed form of a transformer."""
    return json.dumps(scaler.to_dict(), sort_keys=True) if isinstance(scaler, Use) else repr(scaler)
