"""Checks of forecasters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.audit.forecasters import (
    audit_fit_many,
    audit_memory,
    audit_origins,
    audit_paths,
    fit_and_forecast,
    fit_together,
    forecast_afresh,
)
from workbench.audit.fresh import FreshProcessError
from workbench.audit.leak import Leak
from workbench.audit.studies import Desk, Study, Tables
from workbench.contracts.arrays import FloatArray
from workbench.contracts.calling import calling
from workbench.contracts.windows import Windows
from workbench.errors import PluginError, WorkbenchError
from workbench.testing.again import same_again
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.fitted import reports_its_learning, saves_and_loads, survives_a_worker
from workbench.testing.state import nothing_shared_changes, other_random_numbers, plugin_unchanged, unchanged
from workbench.testing.windows import WARMED_UP, odd_studies, toy_studies

SECONDS = 2.0
"""Time to spend on the origins of one block."""
SLOW_SECONDS = 1.0
"""A fit on some hundred windows that takes longer is done less often, and not on long blocks."""
N_LONG = 1500
"""Training bars of the longest block."""
_ROUNDING = 1e-9


def prediction_has_its_shape(case: Case) -> str | None:
    """`predict` gives (n, horizon) finite numbers, whatever the horizon, the symbols and the validation block.

    Quantiles, where given, are of shape (n, horizon, q) and rise with their levels.
    """
    refused = False
    for n_symbols, horizon, validation in [(1, 1, 0.1), (1, 3, 0.0), (3, 3, 0.1)]:
        (study,) = toy_studies(n_symbols, horizon, validation=validation, features=WARMED_UP, n_folds=1)
        if n_symbols > 1 and not _takes(case, study):
            refused = True
            continue
        forecaster, desk = case.fresh(), Desk(study)
        _, prediction = desk.forecast(forecaster, desk.fit(forecaster))
        if prediction.quantiles is not None:
            _check_quantiles(prediction.quantiles, prediction.levels)
    return "it refuses windows of several symbols" if refused else None


def _check_quantiles(quantiles: FloatArray, levels: FloatArray | None) -> None:
    fall = np.diff(quantiles, axis=2) < -_ROUNDING * np.abs(quantiles[:, :, 1:])
    if fall.any() and levels is not None:
        row, step, j = (int(i[0]) for i in np.nonzero(fall))
        raise CheckFailure(
            f"quantile {levels[j + 1]:g} of step {step + 1} of forecast {row} is {quantiles[row, step, j + 1]:.6g}, "
            f"below quantile {levels[j]:g}, which is {quantiles[row, step, j]:.6g}: sort them.",
            f"quantile {levels[j + 1]:g} step {step + 1}",
            row,
        )


def no_look_ahead(case: Case) -> str | None:
    """A forecast depends on what was known at its origin alone: cutting or changing what follows moves nothing.

    The windows are cut at every origin of a block. The bars are cut, raised, lowered and shaken after some origins, and
    everything is done again, from features to forecasts. An early fold is fitted after a later one, and in processes
    of their own in which the future is nowhere in memory. Folds that are fitted together are compared with each fitted
    alone. Differences below a hundred-thousandth of the forecasts' spread are rounding.
    """
    single, several = toy_studies(1), toy_studies(3)
    seconds = _seconds_of_a_fit(case, single[0])
    slow = seconds > SLOW_SECONDS
    folds = [single, several] if _takes(case, several[0]) else [single]
    for early, _ in folds:
        _refuse(audit_origins(case.fresh, early, seconds=SECONDS))
        _refuse(audit_paths(case.fresh, early, n_moments=1 if slow else 3))
    jobs = [several[0].only("BBB"), *(job for early, later in folds for job in (early, later, replace(early, seed=2)))]
    _refuse(audit_fit_many(case.fresh, jobs))
    try:
        _refuse(audit_memory(case.fresh, [(early, later) for early, later in folds]))
    except (FreshProcessError, WorkbenchError) as err:
        raise CheckFailure(f"it cannot be checked in a fresh process: {err}") from err
    if slow:
        return f"not on long blocks: one fit took {seconds:.1f} s"
    (long,) = toy_studies(1, train_size=N_LONG, test_size=400, n_folds=1, seed=4)
    _refuse(audit_origins(case.fresh, long, seconds=SECONDS))
    return None


def _seconds_of_a_fit(case: Case, study: Study) -> float:
    """Time the second fit, as the first one imports; and fail unless both forecast the same."""
    first = fit_and_forecast(case.fresh(), study)
    forecaster, desk = case.fresh(), Desk(study)
    desk.job(forecaster)
    started = time.perf_counter()
    fitted = desk.fit(forecaster)
    seconds = time.perf_counter() - started
    again = desk.predict(forecaster, fitted)
    same_again(desk.compare(first, again, "when fitted again on the same windows"), "So it cannot be checked.")
    return seconds


def _takes(case: Case, study: Study) -> bool:
    """Whether the forecaster takes windows of several symbols; one that is fitted per symbol may refuse them."""
    try:
        fit_and_forecast(case.fresh(), study)
    except PluginError:
        raise
    except WorkbenchError:
        return False
    return True


def _refuse(leak: Leak | None) -> None:
    if leak is not None:
        raise CheckFailure.of(leak)


def origins_stand_alone(case: Case) -> None:
    """An origin's forecast is the same alone, in a part of the block, and in all of it."""
    folds = [toy_studies(n, n_folds=1)[0] for n in (1, 3)]
    for study in folds if _takes(case, folds[1]) else folds[:1]:
        forecaster, desk = case.fresh(), Desk(study)
        fitted = desk.fit(forecaster)
        whole = desk.predict(forecaster, fitted)
        for how, rows in _parts(study):
            difference = desk.compare(whole, desk.predict(forecaster, fitted, rows), how)
            same_again(difference, "The forecast of an origin may not depend on the other origins of the block.")


def _parts(study: Study) -> Iterator[tuple[str, dict[str, Any]]]:
    test = study.rows.test
    for symbol, rows in test.items():
        for row in rows[:: max(len(rows) // 5, 1)]:
            yield "when it is the only origin", {symbol: np.array([row])}
        if len(test) > 1:
            yield f"when {symbol} is the only symbol", {symbol: rows}
    yield "with every third origin", {s: rows[::3] for s, rows in test.items()}
    yield "in the first half of the block", {s: rows[: len(rows) // 2] for s, rows in test.items()}
    yield "in the second half of the block", {s: rows[len(rows) // 2 :] for s, rows in test.items()}


def input_is_unchanged(case: Case) -> None:
    """It leaves the windows that it is given as they are."""
    (study,) = toy_studies(n_folds=1)
    forecaster, desk = case.fresh(), Desk(study)
    job = desk.job(forecaster)
    held = [] if job.validation is None else _arrays(job.validation)
    with unchanged("the training windows", *_arrays(job.train)), unchanged("the validation windows", *held):
        with calling(forecaster, "fit", watched=False):
            fitted = forecaster.fit(job.train, job.validation, job.context)
    windows = desk.windows(forecaster)
    with unchanged("the windows to forecast from", *_arrays(windows)), calling(forecaster, "predict", watched=False):
        fitted.predict(windows)


def _arrays(windows: Windows) -> list[Any]:
    given = [windows.values, windows.ends, windows.symbols, windows.origins, windows.last_price, windows.y]
    return [*given, dict(windows.realised), dict(windows.first_rows)]


def plugin_is_unchanged(case: Case) -> None:
    """Fitting changes nothing that the plugin holds; what was learnt is in the fitted forecaster."""
    early, later = toy_studies()
    forecaster = case.fresh()
    with plugin_unchanged(forecaster):
        fit_and_forecast(forecaster, early)
        fit_and_forecast(forecaster, later)


def shares_nothing(case: Case) -> None:
    """Fitting and forecasting change nothing that others see: no class attribute, random generator or setting."""
    early, later = toy_studies()
    fit_and_forecast(case.fresh(), early)  # what is set up once, at the first call, is no harm
    with nothing_shared_changes(type(case.plugin)):
        fit_and_forecast(case.fresh(), later)
        fit_and_forecast(case.fresh(), replace(early, seed=2))


def same_numbers_again(case: Case) -> None:
    """The same windows and seed give the same numbers: again, after others, in `fit_many`, in a fresh process."""
    early, later = toy_studies()
    desk, forecaster = Desk(early), case.fresh()
    first = fit_and_forecast(forecaster, early)
    fit_and_forecast(forecaster, later)
    answers = [("after other windows", fit_and_forecast(forecaster, early)), *_under_other_conditions(case, early)]
    advice = "Draw random numbers from `context.seed` alone, and keep nothing between calls."
    for how, answer in answers:
        same_again(desk.compare(first, answer, how), advice)
    if not type(forecaster).uses_seed:
        other = fit_and_forecast(case.fresh(), replace(early, seed=2))
        same_again(desk.compare(first, other, "with another seed"), "Declare `uses_seed` True, the default.")


def _under_other_conditions(case: Case, study: Study) -> Iterator[tuple[str, Tables]]:
    with other_random_numbers():
        yield "when the global random generators are in another state", fit_and_forecast(case.fresh(), study)
    desk = Desk(study)
    together = fit_together(case.fresh, {"one": desk, "other": Desk(replace(study, seed=2))})
    yield "when fitted by `fit_many`", desk.predict(case.fresh(), together["one"])
    try:
        (afresh,) = forecast_afresh([(case.fresh(), study)])
    except FreshProcessError as err:
        raise CheckFailure(f"{err}.") from err
    yield "in a fresh process", afresh


def odd_input(case: Case) -> str | None:
    """Constant, tiny, huge or negative data give finite forecasts, or an error of Workbench that says why."""
    refused = []
    for what, study in odd_studies().items():
        try:
            fit_and_forecast(case.fresh(), study)
        except PluginError as err:
            raise CheckFailure(f"given {what}: {err} Forecast, or raise DataError where that cannot be done.") from err
        except WorkbenchError:
            refused.append(what)
    return f"it refuses {', '.join(refused)}" if refused else None


CHECKS = checks(
    no_look_ahead,
    prediction_has_its_shape,
    origins_stand_alone,
    input_is_unchanged,
    plugin_is_unchanged,
    shares_nothing,
    same_numbers_again,
    saves_and_loads,
    survives_a_worker,
    reports_its_learning,
    odd_input,
)
