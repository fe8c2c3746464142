"""Everything a run can know before its first fit: bars, samples and folds. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from workbench.contracts.panel import Panel
from workbench.contracts.target import Target
from workbench.data.health import SeriesHealth
from workbench.errors import DataError
from workbench.evaluation.conformal import needed_origins, short_of_origins
from workbench.evaluation.context import with_context
from workbench.evaluation.folds import Fold, FoldRows, fold_rows, split_folds
from workbench.evaluation.pipeline import FoldScalers, fit_scalers, persistence_forecast, usable_rows
from workbench.evaluation.recursion import one_step
from workbench.evaluation.samples import Samples, build_samples, make_windows
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved
from workbench.plan.tasks import SeriesVersion
from workbench.runs.adjusting import adjust_notes
from workbench.runs.contexts import context_notes, lay_out
from workbench.runs.datasets import FetchedSeries, left_out, make_panel, used_sha256
from workbench.runs.health import check_run, health_notes
from workbench.runs.members import Members
from workbench.runs.mended import repair_notes


@dataclass(frozen=True, eq=False)
class Prepared:
    """A run about to start.

    Parameters
    ----------
    resolved : Resolved
    panel : Panel
        The bars every part of the run sees.
    samples : Samples
    folds : tuple of Fold
        In the order of time.
    rows : mapping of int to FoldRows
        Usable origins of each fold.
    scalers : mapping of int to FoldScalers
        Scalers of each fold that is fitted.
    learnt : Samples
        What forecasters learn from: `samples`, cut to one step ahead where the experiment is recursive.
    learnt_scalers : mapping of int to FoldScalers
        Scalers of these; those of `scalers` where the experiment is direct.
    used_sha256 : mapping of (str or None, str) to str
        Hash of the fetched bars of the sessions asked for, per context (None for the series themselves) and symbol.
    health : tuple of SeriesHealth
        What is wrong, or was mended, in the bars of each symbol.
    notes : tuple of str
        What a reader of the numbers has to know: what was mended, rows left out, filled, or not tested.
    """

    resolved: Resolved
    panel: Panel
    samples: Samples
    folds: tuple[Fold, ...]
    rows: Mapping[int, FoldRows]
    scalers: Mapping[int, FoldScalers]
    learnt: Samples
    learnt_scalers: Mapping[int, FoldScalers]
    used_sha256: Mapping[tuple[str | None, str], str]
    health: tuple[SeriesHealth, ...]
    notes: tuple[str, ...]

    def seen(self, version: SeriesVersion) -> SeriesVersion:
        """Return a version of a series with what this run uses of it."""
        used = self.used_sha256[version.context, version.symbol]
        return version.seen_in(self.panel, used) if version.context is None else replace(version, used_sha256=used)


def prepare(resolved: Resolved, fetched: Sequence[FetchedSeries]) -> Prepared:
    """Compute features, cut folds and find their origins.

    Raises
    ------
    DataError
        The bars do not allow the experiment: too short, prices missing, nothing left to test.
    PluginError
        A feature or the target broke its contract.
    """
    asked = resolved.experiment
    panel, n_missing = make_panel({item.symbol: item.bars for item in fetched if item.context is None}, asked)
    _check_length(panel, asked.lookback, asked.horizon)
    samples = build_samples(panel, resolved.features, resolved.target, lookback=asked.lookback, horizon=asked.horizon)
    beside = lay_out(resolved, {item.context: item.bars for item in fetched if item.context})
    samples = with_context(samples, [context.columns for context in beside])
    times = panel.times
    folds = split_folds(asked.folds, times, asked.horizon)
    members = Members(resolved.universe, samples)
    rows, n_left_out = {}, 0
    set_aside = {
        "embargo": asked.folds.embargo,
        "calibration": asked.calibration,
        "validation": asked.validation,
    }
    for fold in folds:
        found = fold_rows(fold, samples.known_at, times, asked.horizon, asked.validation, asked.calibration)
        cut = members.only(found, fold.number)
        rows[fold.number] = usable_rows(samples, cut, fold.number, set_aside)
        n_left_out += sum(map(len, cut.test.values())) - sum(map(len, rows[fold.number].test.values()))
    _check_persistence(resolved.target, samples, rows[folds[0].number])
    health = check_run(asked, panel, fetched, n_missing, beside)
    notes = [
        *repair_notes(fetched),
        *_missing_notes(n_missing, asked.missing),
        *_resampling_notes([item for item in fetched if item.context is None], panel, asked),
        *context_notes(beside, samples, list(rows.values())),
        *adjust_notes(resolved, fetched, panel, beside),
        *members.notes(),
        *_future_notes(panel),
        *_left_out_notes(n_left_out),
        *_late_notes(folds, rows),
        *_interval_notes(asked, folds, rows),
        *health_notes(health),
    ]
    fitted = {number: rows[number] for number in sorted({fold.fitted_in for fold in folds})}
    scalers = _scalers(asked.scaler, samples, fitted)
    learnt = learnt_samples(asked, samples)
    learnt_scalers = scalers if learnt is samples else _scalers(asked.scaler, learnt, fitted)
    used = {(item.context, item.symbol): used_sha256(item, asked) for item in fetched}
    return Prepared(resolved, panel, samples, folds, rows, scalers, learnt, learnt_scalers, used, health, tuple(notes))


def learnt_samples(asked: Experiment, samples: Samples) -> Samples:
    """Return the samples that forecasters are fitted on: those of one step where the others follow from it."""
    return one_step(samples) if asked.multi_step == "recursive" else samples


def _scalers(spec: Any, samples: Samples, rows: Mapping[int, FoldRows]) -> dict[int, FoldScalers]:
    return {number: fit_scalers(spec, samples, part.train) for number, part in rows.items()}


def _check_length(panel: Panel, lookback: int, horizon: int) -> None:
    longest = max(len(panel[symbol]) for symbol in panel)
    if lookback + horizon > longest:
        raise DataError(
            f"`lookback` + `horizon` is {lookback + horizon} bars but the longest series has {longest}; "
            f"load more history or ask for a shorter lookback."
        )


def _check_persistence(target: Target, samples: Samples, rows: FoldRows) -> None:
    """Ask the target once itself: later it is asked by forecasters, which would be blamed for what it says."""
    persistence_forecast(target, make_windows(samples, rows.test, with_targets=False))


def _missing_notes(n_missing: Mapping[str, int], policy: str) -> list[str]:
    done = "dropped" if policy == "drop" else "filled from the bar before"
    return [f"{symbol}: {count} bars without a price were {done}." for symbol, count in n_missing.items() if count]


def _resampling_notes(fetched: Sequence[FetchedSeries], panel: Panel, asked: Experiment) -> list[str]:
    notes = []
    for item in fetched:
        n_outside, n_unfinished = left_out(item.bars, panel, item.symbol, asked)
        bars = f"bars of {asked.interval}"
        if n_outside:
            notes.append(
                f"{item.symbol}: {n_outside} {bars} lie outside of the sessions of its calendar and are no part of "
                f"bars of {asked.resample}."
            )
        if n_unfinished:
            notes.append(
                f"{item.symbol}: the last {n_unfinished} {bars} make no finished bar of {asked.resample} and were left "
                "out."
            )
    return notes


def _future_notes(panel: Panel) -> list[str]:
    now = pd.Timestamp.now("UTC").tz_localize(None).to_datetime64()
    ahead = {symbol: int((panel[symbol]["known_at"].to_numpy() > now).sum()) for symbol in panel}
    return [
        f"{symbol}: {n} bars are not complete yet by this machine's clock; drop them with `end`, or they may change."
        for symbol, n in ahead.items()
        if n
    ]


def _left_out_notes(n_left_out: int) -> list[str]:
    if not n_left_out:
        return []
    return [
        f"{n_left_out} test origins were left out for all models alike: a feature in their window, or their target, "
        f"is undefined, or their symbol has no history to train on yet."
    ]


def _late_notes(folds: Sequence[Fold], rows: Mapping[int, FoldRows]) -> list[str]:
    """Name symbols that some folds cannot be trained on."""
    late = {
        symbol: sum(not len(rows[fold.fitted_in].train[symbol]) for fold in folds)
        for symbol in rows[folds[0].number].train
    }
    return [
        f"{symbol}: no history to train on in {n} of {len(folds)} folds; not forecast there."
        for symbol, n in late.items()
        if n
    ]


def _interval_notes(asked: Experiment, folds: Sequence[Fold], rows: Mapping[int, FoldRows]) -> list[str]:
    """Name symbols without an interval in some folds, because too few of their origins are there to calibrate it."""
    if not asked.calibration:
        return []
    short: dict[str, int] = {}
    for fold in folds:
        calibration, tested = rows[fold.fitted_in].calibration, rows[fold.number].test
        for symbol in short_of_origins(calibration, tested, asked.coverage, fold.number):
            short[symbol] = short.get(symbol, 0) + 1
    fewest = needed_origins(max(asked.coverage))
    return [
        f"{symbol}: fewer than {fewest} calibration origins in {n} of {len(folds)} folds; forecast without an interval "
        f"there."
        for symbol, n in short.items()
    ]
