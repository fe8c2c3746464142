"""The newest bars of a run's series, and everything a forecast of the next ones needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from workbench.contracts.arrays import Bars, IntArray
from workbench.contracts.forecaster import Executor
from workbench.contracts.panel import Panel
from workbench.data.upcoming import Upcoming
from workbench.errors import DataError
from workbench.evaluation.context import with_context
from workbench.evaluation.folds import FoldRows, whole_rows
from workbench.evaluation.pipeline import fit_scalers
from workbench.evaluation.samples import Samples, build_samples
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved
from workbench.plan.tasks import FitTask
from workbench.runs.contexts import fetch_all, kept_as, lay_out
from workbench.runs.datasets import FetchedSeries, make_panel, used_sha256
from workbench.runs.fitting import fit_models, has_history
from workbench.runs.inputs import ModelInputs
from workbench.runs.making import refitted
from workbench.runs.prepare import Prepared, learnt_samples
from workbench.runs.records import RunStore
from workbench.runs.trained import TrainedModel, origins_of
from workbench_store import DataVersion


@dataclass(frozen=True, eq=False)
class Ahead:
    """Bars up to now, and the rows to forecast from.

    Parameters
    ----------
    prepared : Prepared
        Panel and samples of the complete bars; no fold of it has anything to test.
    versions : mapping of (str or None, str) to DataVersion
        The exact bars of each series as the store has them, per context (None for those forecast) and symbol.
    origins : mapping of str to ndarray of int
        The newest row of each symbol that can be forecast from.
    upcoming : mapping of str to Upcoming
        The bars to come, per symbol that is forecast.
    notes : tuple of str
        Symbols left out, and bars that are not complete yet.
    """

    prepared: Prepared
    versions: Mapping[tuple[str | None, str], DataVersion]
    origins: Mapping[str, IntArray]
    upcoming: Mapping[str, Upcoming]
    notes: tuple[str, ...]


def newest_bars(asked: Experiment) -> Experiment:
    """Return an experiment that asks for everything from its start up to now."""
    return asked.replace(end=None, tail=None)


def look_ahead(
    resolved: Resolved, store: RunStore, symbols: tuple[str, ...], first_bars: Mapping[str, str], now: pd.Timestamp
) -> Ahead:
    """Fetch the newest bars, keep them, and find what can be forecast from the complete ones.

    Parameters
    ----------
    resolved : Resolved
        Of an experiment as `newest_bars` asks it.
    store : RunStore
    symbols : tuple of str
        Symbols that are to be forecast.
    first_bars : mapping of str to str
        Label at which each symbol begins: where it began in the run, however many bars have come since.
    now : Timestamp
        UTC. A bar that is known later is not used.

    Raises
    ------
    DataError
        The source could not answer, or no symbol can be forecast from.
    """
    fetched = fetch_all(resolved, store)
    kept = {(i.context, i.symbol): store.save_series(i, **kept_as(i, resolved)).stored for i in fetched}
    whole, _ = make_panel({i.symbol: i.bars for i in fetched if i.context is None}, resolved.experiment)
    begun = Panel({s: _since(whole[s], first_bars.get(s)) for s in whole}, whole.interval)
    panel = begun.until(now.to_datetime64())
    inputs, samples = _samples(resolved, panel, fetched)
    asked = resolved.experiment
    fold, rows = whole_rows(samples.known_at, panel.times, samples.horizon, asked.validation, asked.calibration)
    prepared = Prepared(
        resolved=resolved,
        panel=panel,
        samples=samples,
        folds=(fold,),
        rows={fold.number: _usable(rows, samples, resolved)},
        scalers={},
        learnt=learnt_samples(asked, samples),
        learnt_scalers={},
        used_sha256={(i.context, i.symbol): used_sha256(i, asked) for i in fetched},
        health=(),
        notes=(),
    )
    origins, left_out = _origins(resolved, samples, symbols)
    notes = [*_unfinished(begun, panel), *left_out]
    return Ahead(prepared, kept, origins, inputs.upcoming(samples, [*origins]), tuple(notes))


def _since(bars: Bars, first: str | None) -> Bars:
    part = bars if first is None else bars.loc[pd.Timestamp(first) :]
    return part if len(part) else bars


def _samples(resolved: Resolved, panel: Panel, fetched: list[FetchedSeries]) -> tuple[ModelInputs, Samples]:
    """Compute features and targets as `prepare` does."""
    asked = resolved.experiment
    samples = build_samples(panel, resolved.features, resolved.target, lookback=asked.lookback, horizon=asked.horizon)
    beside = lay_out(resolved, {i.context: i.bars for i in fetched if i.context})
    samples = with_context(samples, [context.columns for context in beside])
    return ModelInputs.of(resolved, samples.feature_names), samples


def _usable(rows: FoldRows, samples: Samples, resolved: Resolved) -> FoldRows:
    """Leave out origins without a full window, and those at which their symbol was no member of the universe."""
    if resolved.universe is not None:
        parts = samples.by_symbol.items()
        rows = rows.only_where({s: resolved.universe.has(s, part.labels) for s, part in parts})
    train = samples.trainable(rows.train)
    held, calibrating = (
        {s: r if len(train[s]) else r[:0] for s, r in samples.trainable(part).items()}
        for part in (rows.validation, rows.calibration)
    )
    return FoldRows(train, held, rows.test, calibrating)


def _origins(resolved: Resolved, samples: Samples, symbols: tuple[str, ...]) -> tuple[dict[str, IntArray], list[str]]:
    """Find the newest rows to forecast from, and say of which symbols there is none."""
    found, notes = {}, []
    for symbol, rows in origins_of(samples, symbols, "newest").items():
        label = samples.by_symbol[symbol].labels[-1:]
        if resolved.universe is not None and not resolved.universe.has(symbol, label)[0]:
            notes.append(f"{symbol} is no member of the universe any more, and is not forecast.")
        elif not len(rows):
            notes.append(f"{symbol} is not forecast: a feature is undefined in the {samples.lookback} rows up to now.")
        else:
            found[symbol] = rows
    if not found:
        raise DataError(f"nothing can be forecast: {' '.join(notes)}")
    return found, notes


def _unfinished(whole: Panel, panel: Panel) -> list[str]:
    """Name the bars that are there but not complete, and so are not used."""
    notes = []
    for symbol in panel:
        n = len(whole[symbol]) - len(panel[symbol])
        if n:
            what = "1 bar is" if n == 1 else f"{n} bars are"
            notes.append(
                f"{symbol}: {what} not complete by this machine's clock and not used; the forecast is made from the "
                f"bar of {_day(panel[symbol].index[-1])}."
            )
    return notes


def _day(label: pd.Timestamp) -> str:
    return str(label).removesuffix(" 00:00:00")


def fit_on_all(ahead: Ahead, label: str, executor: Executor) -> list[TrainedModel]:
    """Fit a forecaster, with every seed, on the whole timeline; its validation share is the run's.

    Nothing is tested, so nothing is a trial.
    """
    prepared = ahead.prepared
    (fold,) = prepared.folds
    rows = prepared.rows[fold.number]
    if not any(map(len, rows.train.values())):
        raise DataError(f"there is nothing to train {label!r} on: no bar has a full window and all its targets.")
    resolved = prepared.resolved
    forecaster = resolved.model(label).forecaster
    scaler = resolved.experiment.scaler
    fitted_on = replace(
        prepared,
        scalers={fold.number: fit_scalers(scaler, prepared.samples, rows.train)},
        learnt_scalers={fold.number: fit_scalers(scaler, prepared.learnt, rows.train)},
    )
    is_global = getattr(forecaster, "scope", "local") == "global"
    groups = [tuple(prepared.panel)] if is_global else [(symbol,) for symbol in prepared.panel]
    seeds = resolved.experiment.seeds if forecaster.uses_seed else resolved.experiment.seeds[:1]
    tasks = [FitTask(f"{seed}|{symbols}", label, symbols, seed, fold, ()) for seed in seeds for symbols in groups]
    able = [task for task in tasks if has_history(fitted_on, task)]
    return [refitted(model) for model in fit_models(fitted_on, able, executor)]
