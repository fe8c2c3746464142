"""Carrying out the plan: fits in, forecasts of one task and fold out."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from workbench.contracts.arrays import IntArray
from workbench.contracts.calling import calling
from workbench.contracts.forecaster import Executor, FitContext, FitFailure, FitJob, FittedForecaster, Forecaster
from workbench.contracts.origin import described
from workbench.contracts.prediction import Prediction
from workbench.contracts.windows import Windows
from workbench.errors import PluginError, RunFailedError, WorkbenchError
from workbench.evaluation.conformal import Conformal
from workbench.evaluation.learning import LearningCurve
from workbench.evaluation.pipeline import actual_targets, forecast_frame, make_job
from workbench.evaluation.recursion import forecast_origins
from workbench.evaluation.samples import make_windows
from workbench.plan.resolve import Model
from workbench.plan.tasks import FitTask
from workbench.runs.making import keep_model, trained_model
from workbench.runs.prepare import Prepared
from workbench.runs.trained import TrainedModel

NO_FORECASTS = pd.DataFrame(columns=["model", "symbol", "seed", "fold", "origin", "step"])


@dataclass(frozen=True, eq=False)
class TaskResult:
    """What one task of the plan gave.

    Parameters
    ----------
    task : FitTask
    seconds : float
        From the start of the batch to its end.
    forecasts : DataFrame or None
        Forecast frame of the folds it serves; None when it failed.
    learning : list of dict
        Learning curve, one entry per epoch.
    files : dict of str to bytes
        The fitted forecaster as it saved itself; empty where it cannot or was not asked to.
    error : str or None
        Why it failed, in a sentence; `traceback` has the details.
    note : str or None
        What a reader has to know although it succeeded.
    conformal : Conformal or None
        Radii of the intervals around its forecasts; None where it gives quantiles itself, or none were asked for.
    """

    task: FitTask
    seconds: float
    forecasts: pd.DataFrame | None
    learning: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    error: str | None = None
    traceback: str = ""
    note: str | None = None
    conformal: Conformal | None = None


def carry_out(prepared: Prepared, tasks: Sequence[FitTask], executor: Executor) -> Iterator[TaskResult]:
    """Fit and forecast, yielding each task's result as it finishes, in any order."""
    able = []
    for task in tasks:
        if has_history(prepared, task):
            able.append(task)
        else:
            yield TaskResult(task, 0.0, NO_FORECASTS.copy())
    for cls, members in _by_class(prepared, able).items():
        yield from _carry_out_class(prepared, cls, members, executor)


def fit_models(prepared: Prepared, tasks: Sequence[FitTask], executor: Executor) -> list[TrainedModel]:
    """Fit tasks and return their models, in the order of the tasks; nothing is forecast or kept.

    Raises
    ------
    RunFailedError
        A fit failed.
    """
    models = {}
    for cls, members in _by_class(prepared, tasks).items():
        by_key = {task.key: task for task in members}
        jobs = (_job(prepared, task, _learning_curve(prepared, task)) for task in members)
        for key, fitted in _answers(cls, jobs, executor):
            if isinstance(fitted, FitFailure):
                raise RunFailedError(f"{by_key[key].model} could not be fitted: {fitted.error}")
            task = by_key[key]
            models[key] = trained_model(prepared, task, fitted, calibrate(prepared, task, fitted))
        for key in by_key.keys() - models.keys():
            raise RunFailedError(f"{described(cls)} gave no result for {by_key[key].model} from fit_many.")
    return [models[task.key] for task in tasks]


def _by_class(prepared: Prepared, tasks: Sequence[FitTask]) -> dict[type[Forecaster], list[FitTask]]:
    """Group tasks by the class that fits them, all of its own at once."""
    groups: dict[type[Forecaster], list[FitTask]] = {}
    for task in tasks:
        groups.setdefault(type(prepared.resolved.model(task.model).forecaster), []).append(task)
    return groups


def has_history(prepared: Prepared, task: FitTask) -> bool:
    """Whether any of the task's symbols can be trained on; one that was listed later cannot, yet."""
    train = prepared.rows[task.fold.number].train
    return any(len(train[symbol]) for symbol in task.symbols)


def _carry_out_class(
    prepared: Prepared, cls: type[Forecaster], tasks: list[FitTask], executor: Executor
) -> Iterator[TaskResult]:
    """Let one class fit all its tasks; whatever it does not answer has failed, and harms no other class."""
    by_key = {task.key: task for task in tasks}
    curves: dict[str, LearningCurve] = {}
    started = time.monotonic()

    def jobs() -> Iterator[FitJob]:
        for task in tasks:
            curves[task.key] = _learning_curve(prepared, task)
            yield _job(prepared, task, curves[task.key])

    reason, details = f"{described(cls)} gave no result for it from fit_many.", ""
    try:
        for key, fitted in _answers(cls, jobs(), executor):
            task = by_key.pop(key, None) if isinstance(key, str) else None
            if task is None:
                raise PluginError(
                    f"{described(cls)} gave a result for {key!r}, which was not asked for, or twice, from fit_many."
                )
            yield _result(prepared, task, fitted, curves[key], time.monotonic() - started)
    except WorkbenchError as err:
        reason, details = str(err), traceback.format_exc()
    for task in by_key.values():
        yield TaskResult(task, 0.0, None, error=reason, traceback=details)


def _answers(cls: type[Forecaster], jobs: Iterator[FitJob], executor: Executor) -> Iterator[tuple[str, Any]]:
    """Yield what `fit_many` gives, pair by pair."""
    with calling(cls, "fit_many", watched=False):
        answers = iter(cls.fit_many(jobs, executor))
    while True:
        with calling(cls, "fit_many", watched=False):
            try:
                key, fitted = next(answers)
            except StopIteration:
                return
        yield key, fitted


def _learning_curve(prepared: Prepared, task: FitTask) -> LearningCurve:
    number = task.fold.number
    forecaster = prepared.resolved.model(task.model).forecaster
    held = origins_of_task(prepared.rows[number].validation, task)
    windows = make_windows(prepared.learnt, held, with_targets=True) if held else None
    scalers = prepared.learnt_scalers[number] if forecaster.scaled else None
    return LearningCurve(forecaster, windows, prepared.resolved.target, scalers)


def _job(prepared: Prepared, task: FitTask, curve: LearningCurve) -> FitJob:
    resolved, number = prepared.resolved, task.fold.number
    context = FitContext(
        seed=task.seed,
        target=resolved.target,
        horizon=prepared.learnt.horizon,
        feature_names=prepared.learnt.feature_names,
        symbols=task.symbols,
        device=resolved.device,
        report=curve,
    )
    forecaster = resolved.model(task.model).forecaster
    rows, scalers = prepared.rows[number], prepared.learnt_scalers[number]
    return make_job(task.key, forecaster, prepared.learnt, rows, scalers, task.symbols, context)


def fit_here(
    prepared: Prepared, task: FitTask, watch: Callable[[dict[str, Any]], None] | None = None
) -> tuple[FittedForecaster, LearningCurve]:
    """Fit one task in this process, so that each epoch can be looked at when it is over.

    Parameters
    ----------
    prepared : Prepared
    task : FitTask
    watch : callable, optional
        Given each epoch of the learning curve; it may raise `FitStopped`, which ends the fit.

    Raises
    ------
    FitStopped
        `watch` raised it, and the forecaster let it through.
    PluginError
        The forecaster raised anything else, or gave nothing that forecasts.
    """
    curve = _learning_curve(prepared, task)
    job = _job(prepared, task, curve)

    def report(*numbers: Any, **named: Any) -> None:
        curve(*numbers, **named)
        if watch is not None:
            watch(curve.epochs[-1])

    with calling(job.forecaster, "fit", watched=False):
        fitted = job.forecaster.fit(job.train, job.validation, replace(job.context, report=report))
    _check_fitted(job.forecaster, fitted)
    return fitted, curve


def _result(
    prepared: Prepared,
    task: FitTask,
    fitted: FittedForecaster | FitFailure,
    curve: LearningCurve,
    seconds: float,
) -> TaskResult:
    if isinstance(fitted, FitFailure):
        return TaskResult(task, seconds, None, curve.epochs, error=fitted.error, traceback=fitted.traceback)
    model = prepared.resolved.model(task.model)
    try:
        forecasts, conformal = _forecasts(prepared, task, model, fitted)
    except WorkbenchError as err:
        return TaskResult(task, seconds, None, curve.epochs, error=str(err), traceback=traceback.format_exc())
    files, note = keep_model(prepared, task, fitted, conformal) if _is_kept(prepared, task) else ({}, None)
    return TaskResult(task, seconds, forecasts, curve.epochs, files, note=note, conformal=conformal)


def _forecasts(
    prepared: Prepared, task: FitTask, model: Model, fitted: FittedForecaster
) -> tuple[pd.DataFrame, Conformal | None]:
    """Forecast every fold that a fit serves, with intervals where they are asked for."""
    _check_fitted(model.forecaster, fitted)
    scalers = prepared.scalers[task.fold.number]
    conformal = calibrate(prepared, task, fitted)
    frames = []
    for fold in task.serves:
        test = origins_of_task(prepared.rows[fold.number].test, task)
        if not test:
            continue
        windows, prediction = _forecast(prepared, task, fitted, test)
        if conformal is not None:
            prediction = conformal.around(prediction, windows.symbols)
        frame = forecast_frame(windows, prediction, prepared.samples, prepared.resolved.target, scalers)
        frames.append(frame.assign(model=model.label, seed=task.seed, fold=fold.number))
    return (pd.concat(frames, ignore_index=True) if frames else NO_FORECASTS.copy()), conformal


def origins_of_task(rows: Mapping[str, IntArray], task: FitTask) -> dict[str, IntArray]:
    """Return the origins of the symbols that a task is about, those without any left out."""
    return {symbol: own for symbol, own in rows.items() if symbol in task.symbols and len(own)}


def calibrate(prepared: Prepared, task: FitTask, fitted: FittedForecaster) -> Conformal | None:
    """Measure how far off a fit is on the calibration origins of its fold.

    None where there are none, or the fit has quantiles of its own. They lie before the test and after all that the
    fit saw, and are forecast as the test is.

    Raises
    ------
    PluginError
        The forecaster raised, or returned something that is no point forecast.
    """
    rows = origins_of_task(prepared.rows[task.fold.number].calibration, task)
    if not rows:
        return None
    windows, prediction = _forecast(prepared, task, fitted, rows)
    if prediction.quantiles is not None:
        return None
    actual = actual_targets(windows, prepared.samples)
    return Conformal.measured(prediction.point, actual, windows.symbols, prepared.resolved.experiment.coverage)


def _forecast(
    prepared: Prepared, task: FitTask, fitted: FittedForecaster, origins: Mapping[str, IntArray]
) -> tuple[Windows, Prediction]:
    resolved = prepared.resolved
    return forecast_origins(
        resolved.model(task.model).forecaster,
        fitted,
        prepared.samples,
        origins,
        prepared.learnt_scalers[task.fold.number],
        multi_step=resolved.experiment.multi_step,
        features=resolved.features,
        target=resolved.target,
    )


def _check_fitted(forecaster: Forecaster, fitted: Any) -> None:
    if not callable(getattr(fitted, "predict", None)):
        raise PluginError(
            f"{described(forecaster)} returned {type(fitted).__name__} from fit; expected a `FittedForecaster`, "
            f"whose `predict` makes the forecasts."
        )


def _is_kept(prepared: Prepared, task: FitTask) -> bool:
    keep = prepared.resolved.experiment.keep_models
    newest = max(prepared.scalers)
    return keep == "all" or (keep == "last" and task.fold.number == newest)
