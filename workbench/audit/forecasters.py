"""Whether forecasters see the future: what follows an origin is cut, changed, or was never there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from workbench.audit.fresh import call_fresh
from workbench.audit.futures import FUTURES
from workbench.audit.leak import Leak, earliest, moment_text
from workbench.audit.studies import Desk, Study, Tables
from workbench.contracts.calling import calling
from workbench.contracts.forecaster import FitFailure, FittedForecaster, Forecaster
from workbench.errors import PluginError, WorkbenchError

Make = Callable[[], Forecaster]
Item = tuple[Forecaster, Study]

SLOW_TO_IMPORT = ("pandas", "torch", "torch._dynamo")
"""What fresh processes import first, where it is loaded here."""
N_FRESH = 3
"""Moments of a fold that are looked at in a process of their own."""
N_SURE = 25
"""Moments of a block that are looked at however slow a forecaster is."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def audit_origins(make: Make, study: Study, *, seconds: float = 3.0) -> Leak | None:
    """Fit once, and forecast from windows that end at each moment of the test block, then from all of them.

    Short blocks come first, so that a forecaster that remembers what it saw has not seen the future yet.

    Parameters
    ----------
    make : callable
        Gives a fresh forecaster.
    study : Study
    seconds : float
        Time to spend; a slow forecaster is asked at random moments instead of all.
    """
    forecaster, desk = make(), Desk(study)
    fitted = desk.fit(forecaster)
    answers: list[tuple[np.datetime64, Tables]] = []
    started = time.perf_counter()
    for moment in _surest_first(study):
        if len(answers) >= N_SURE and time.perf_counter() - started > seconds:
            break
        answers.append((moment, desk.predict(forecaster, fitted, study.test_until(moment))))
    whole = desk.predict(forecaster, fitted)
    leak: Leak | None = None
    for moment, answer in answers:
        leak = earliest(leak, desk.compare(whole, answer, _left_out(moment)))
    return leak


def audit_paths(make: Make, study: Study, *, n_moments: int = 3) -> Leak | None:
    """Cut the bars after some moments, and change them, and go the whole way again: features, fit, forecast.

    The first moment is that of the first test origin, where training ends.
    """
    desk = Desk(study)
    whole = fit_and_forecast(make(), study)
    leak: Leak | None = None
    for moment in drawn_moments(study, n_moments):
        cut = fit_and_forecast(make(), study.until(moment))
        leak = earliest(leak, desk.compare(whole, cut, _left_out(moment)))
        for how, factors in FUTURES.items():
            changed = _known(fit_and_forecast(make(), study.changed(moment, factors)), cut)
            leak = earliest(leak, desk.compare(whole, changed, f"bars known after {moment_text(moment)} {how}"))
    return leak


def audit_memory(make: Make, folds: Sequence[tuple[Study, Study]], classes: Iterable[type] = ()) -> Leak | None:
    """Compare early folds, each fitted after a later one in this process, with processes that know less.

    In one fresh process the early fold alone is fitted, with all bars at hand; in others the bars end at a moment of
    its test block, so that what a forecaster finds in memory, on the stack or in its class ends there too.

    Parameters
    ----------
    make : callable
    folds : sequence of (Study, Study)
        An early fold, and a later one of the same panel.
    classes : iterable of type
        Further classes that the forecaster refers to; see `call_fresh`.

    Raises
    ------
    FreshProcessError
        A process gave no answer.
    WorkbenchError
        The forecaster failed there.
    """
    cuts = [(i, moment) for i, (early, _) in enumerate(folds) for moment in drawn_moments(early, N_FRESH)]
    studies = [early for early, _ in folds] + [folds[i][0].until(moment) for i, moment in cuts]
    answers = forecast_afresh([(make(), study) for study in studies], classes)
    alone, parts = answers[: len(folds)], answers[len(folds) :]
    leak: Leak | None = None
    for (early, later), afresh in zip(folds, alone, strict=True):
        fit_and_forecast(make(), later)
        after = fit_and_forecast(make(), early)
        leak = earliest(leak, Desk(early).compare(afresh, after, "a later fold had been fitted before"))
        leak = earliest(leak, _between_two(make(), early, later))
    for (i, moment), part in zip(cuts, parts, strict=True):
        how = f"{_left_out(moment)}, in a fresh process"
        leak = earliest(leak, Desk(folds[i][0]).compare(alone[i], part, how))
    return leak


def _between_two(forecaster: Forecaster, earlier: Study, later: Study) -> Leak | None:
    """Forecast a later block between two forecasts of the earlier one, by one fitted forecaster."""
    desk, after = Desk(earlier), Desk(later)
    fitted = desk.fit(forecaster)
    before = desk.predict(forecaster, fitted)
    after.predict(forecaster, fitted)
    again = desk.predict(forecaster, fitted)
    return desk.compare(before, again, "a later block had been forecast in between")


def audit_fit_many(make: Make, studies: list[Study]) -> Leak | None:
    """Fit several studies together, in two orders, and compare each with its own fit alone.

    Nothing is done for a class that leaves `fit_many` as it is.
    """
    cls = type(make())
    if cls.fit_many.__func__ is Forecaster.fit_many.__func__:  # type: ignore[attr-defined]
        return None
    desks = {f"job {i}": Desk(study) for i, study in enumerate(studies)}
    leak: Leak | None = None
    for keys in (list(desks), list(desks)[::-1]):
        together = fit_together(make, {key: desks[key] for key in keys})
        for key, desk in desks.items():
            forecaster = make()
            alone = desk.predict(forecaster, desk.fit(forecaster))
            answer = desk.predict(forecaster, together[key])
            leak = earliest(leak, desk.compare(alone, answer, "fitted together with other folds by `fit_many`"))
    return leak


def fit_together(make: Make, desks: Mapping[str, Desk]) -> dict[str, FittedForecaster]:
    """Fit all desks by `fit_many`, which gets its jobs one by one.

    Raises
    ------
    PluginError
        It raised, failed at a job, or left one out.
    """
    cls = type(make())
    fitted: dict[str, FittedForecaster] = {}
    with calling(cls, "fit_many", watched=False):
        for key, answer in cls.fit_many((desk.job(make(), key) for key, desk in desks.items()), InOrder()):
            if isinstance(answer, FitFailure):
                raise PluginError(answer.error)
            fitted[key] = answer
    missing = sorted(desks.keys() - fitted.keys())
    if missing:
        raise PluginError(f"`fit_many` of {cls.__name__} gave nothing for {len(missing)} of {len(desks)} jobs.")
    return fitted


class InOrder:
    """An executor that does one piece after the other, in this process."""

    def map_unordered(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield `function(item)` for each item."""
        yield from map(function, items)


def fit_and_forecast(forecaster: Forecaster, study: Study) -> Tables:
    """Go the whole way from bars to forecasts."""
    desk = Desk(study)
    return desk.predict(forecaster, desk.fit(forecaster))


def drawn_moments(study: Study, n: int) -> list[np.datetime64]:
    """Return the first moment of the test block and some others at random, increasing."""
    moments = study.moments
    drawn = np.random.default_rng(8).choice(moments[1:], size=min(n, len(moments)) - 1, replace=False)
    return [moments[0], *np.sort(drawn)]


def forecast_afresh(items: Sequence[Item], classes: Iterable[type] = ()) -> list[Tables]:
    """Return `fit_and_forecast` of each (forecaster, study), each as the first of a process of its own.

    Raises
    ------
    FreshProcessError
        A process gave no answer.
    WorkbenchError
        A forecaster failed there.
    """
    cls = type(items[0][0])
    answers = call_fresh(_fit_and_forecast_item, items, [cls, *classes], SLOW_TO_IMPORT)
    failed = [answer.error for answer in answers if answer.error is not None]
    if failed:
        raise WorkbenchError(f"in a fresh process it failed: {failed[0]}")
    return [answer.value for answer in answers]


def _fit_and_forecast_item(item: Item) -> Tables:
    return fit_and_forecast(*item)


def _surest_first(study: Study) -> list[np.datetime64]:
    """Return some moments at random and then all others, each part increasing."""
    moments = study.moments
    chosen = np.random.default_rng(7).choice(moments, size=min(N_SURE, len(moments)), replace=False)
    return [*np.sort(chosen), *np.setdiff1d(moments, chosen)]


def _known(answer: Tables, like: Tables) -> Tables:
    """Return the forecasts that another answer has too."""
    return {symbol: answer[symbol].loc[frame.index] for symbol, frame in like.items()}


def _left_out(moment: np.datetime64) -> str:
    return f"bars known after {moment_text(moment)} were left out"
