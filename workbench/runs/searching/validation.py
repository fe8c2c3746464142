"""What a setting is worth on the validation block, which lies before the test.

Of a recursive experiment that is what its fits learn, one step ahead; the steps beyond follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.contracts.calling import calling
from workbench.contracts.metric import Metric, MetricContext
from workbench.contracts.windows import Windows
from workbench.evaluation.learning import hit_rate_of, rmse_of
from workbench.evaluation.pipeline import forecast_block, persistence_forecast
from workbench.evaluation.samples import make_windows
from workbench.plan.tasks import FitTask
from workbench.runs.fitting import fit_here, origins_of_task
from workbench.runs.prepare import Prepared

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.forecaster import FittedForecaster


@dataclass(frozen=True, eq=False)
class Validated:
    """Validation block of one fit of the headline forecaster, in target units.

    Parameters
    ----------
    task : FitTask
    actual, persistence : ndarray of shape (n_origins, horizon), or (n_origins, 1) of a recursive experiment
    unit : float
        What errors are divided by: 1, or persistence's RMSE on these rows where the target is a price and there are
        several symbols, whose prices cannot be pooled.
    """

    task: FitTask
    actual: FloatArray
    persistence: FloatArray
    unit: float

    @property
    def persistence_rmse(self) -> float:
        """RMSE of persistence in units of `unit`."""
        return rmse_of(self.actual, self.persistence) / self.unit


@dataclass(frozen=True)
class Kept:
    """What one fit gave on its validation block, at the epoch that was kept."""

    block: Validated
    rmse: float
    loss: float
    hit_rate: float
    epoch: float


def headline_tasks(prepared: Prepared, tasks: Sequence[FitTask], fold: int | None = None) -> list[FitTask]:
    """Fits of the first forecaster, of all folds or one, that have a validation block."""
    label = prepared.resolved.headline.label
    return [
        task
        for task in tasks
        if task.model == label and fold in (None, task.fold.number) and _held(prepared, task) is not None
    ]


def _held(prepared: Prepared, task: FitTask) -> Windows | None:
    rows = origins_of_task(prepared.rows[task.fold.number].validation, task)
    return make_windows(prepared.learnt, rows, with_targets=True) if rows else None


def validation_block(prepared: Prepared, task: FitTask) -> Validated:
    """Lay out what happened in the validation block of a fit, and what persistence said of it."""
    windows = _held(prepared, task)
    assert windows is not None  # see `headline_tasks`
    target = prepared.resolved.target
    persistence = persistence_forecast(target, windows)
    pooled = not target.in_price_units or len(prepared.resolved.experiment.symbols) == 1
    unit = 1.0 if pooled else rmse_of(windows.targets, persistence)
    return Validated(task, windows.targets, persistence, unit or 1.0)


def validation_forecast(prepared: Prepared, task: FitTask, fitted: FittedForecaster) -> FloatArray:
    """Forecast the validation origins of a fit, of shape (n_origins, horizon), in target units."""
    number = task.fold.number
    rows = origins_of_task(prepared.rows[number].validation, task)
    forecaster = prepared.resolved.model(task.model).forecaster
    return forecast_block(forecaster, fitted, prepared.learnt, rows, prepared.learnt_scalers[number])[1].point


def kept_epoch(epochs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the epoch with the lowest validation loss, whose weights are kept; None without such a loss."""
    known = [epoch for epoch in epochs if np.isfinite(epoch["validation_loss"])]
    return min(known, key=lambda epoch: epoch["validation_loss"]) if known else None


def of_run(prepared: Prepared, tasks: Sequence[FitTask], learning: pd.DataFrame) -> Iterator[Kept]:
    """Yield what each fit of a run's headline gave on its validation block.

    By its learning curve where it has one; a forecaster without any is fitted once more here, and asked.
    """
    for task in headline_tasks(prepared, tasks):
        block = validation_block(prepared, task)
        epoch = kept_epoch(epochs_of(task, learning))
        if epoch is not None and np.isfinite(epoch["validation_rmse"]):
            rmse, hit_rate = epoch["validation_rmse"], epoch["validation_hit_rate"]
            yield Kept(block, rmse / block.unit, epoch["validation_loss"], hit_rate, epoch["epoch"])
        else:
            fitted, _ = fit_here(prepared, task)
            yield kept_of(block, validation_forecast(prepared, task, fitted), None)


def epochs_of(task: FitTask, learning: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the learning curve of one fit from the table of its run."""
    symbol = task.symbols[0] if len(task.symbols) == 1 else None
    mine = (learning["model"] == task.model) & (learning["seed"] == task.seed) & (learning["fold"] == task.fold.number)
    mine &= learning["symbol"].isna() if symbol is None else learning["symbol"] == symbol
    rows: Any = learning[mine].sort_values("epoch").to_dict("records")
    return list(rows)


def kept_of(block: Validated, forecast: FloatArray, epoch: Mapping[str, Any] | None) -> Kept:
    """Score the forecast of a validation block; loss and epoch are those of its learning curve, if it has one."""
    return Kept(
        block,
        rmse_of(block.actual, forecast) / block.unit,
        float("nan") if epoch is None else float(epoch["validation_loss"]),
        hit_rate_of(block.actual, forecast, block.persistence),
        float("nan") if epoch is None else float(epoch["epoch"]),
    )


def pooled(kept: Sequence[Kept]) -> dict[str, float | None]:
    """Pool what the fits gave: over the rows of each seed, then the mean over seeds.

    Returns
    -------
    dict
        `rmse`, `persistence_rmse`, `loss` and `hit_rate`, the median of the kept `epoch`, and the `n_rows` of one
        seed. None where it is undefined.
    """
    seeds = sorted({each.block.task.seed for each in kept})
    groups = [[each for each in kept if each.block.task.seed == seed] for seed in seeds]
    epochs = [each.epoch for each in kept if np.isfinite(each.epoch)]
    return {
        "rmse": _mean([_root_mean([each.rmse for each in group], group) for group in groups]),
        "persistence_rmse": _mean([_root_mean([e.block.persistence_rmse for e in group], group) for group in groups]),
        "loss": _mean([_weighted([each.loss for each in group], group) for group in groups]),
        "hit_rate": _mean([_weighted([each.hit_rate for each in group], group) for group in groups]),
        "epoch": float(np.median(epochs)) if epochs else None,
        "n_rows": float(sum(each.block.actual.size for each in groups[0])) if groups else None,
    }


def _root_mean(errors: Sequence[float], group: Sequence[Kept]) -> float:
    return float(np.sqrt(_weighted([error**2 for error in errors], group)))


def _weighted(values: Sequence[float], group: Sequence[Kept]) -> float:
    weights = [each.block.actual.size for each in group]
    return float(np.average(values, weights=weights))


def _mean(values: Sequence[float]) -> float | None:
    answer = float(np.mean(values)) if values else float("nan")
    return answer if np.isfinite(answer) else None


def metric_of(metric: Metric, blocks: Sequence[Validated], forecasts: Sequence[FloatArray]) -> float | None:
    """Ask a metric about the validation rows of each seed, and return the mean over seeds; None where undefined."""
    seeds = sorted({block.task.seed for block in blocks})
    scores = []
    for seed in seeds:
        mine = [
            (block.actual / block.unit, forecast / block.unit, block.persistence / block.unit)
            for block, forecast in zip(blocks, forecasts, strict=True)
            if block.task.seed == seed
        ]
        actual, forecast, persistence = (
            np.concatenate([part.ravel() for part in parts]) for parts in zip(*mine, strict=True)
        )
        with calling(metric, "score"):
            scores.append(float(metric.score(actual, forecast, MetricContext(persistence, "target"))))
    return _mean(scores)
