"""From what a task fitted to a trained model, and to what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from workbench.contracts.forecaster import FittedForecaster
from workbench.errors import NotSaveable, WorkbenchError
from workbench.evaluation.conformal import Conformal
from workbench.evaluation.pipeline import FoldScalers
from workbench.runs.inputs import ModelInputs
from workbench.runs.model_files import model_files
from workbench.runs.trained import TrainedModel, Training

if TYPE_CHECKING:
    from workbench.plan.tasks import FitTask
    from workbench.runs.prepare import Prepared


def trained_model(
    prepared: Prepared, task: FitTask, fitted: FittedForecaster, conformal: Conformal | None
) -> TrainedModel:
    """Put together what one task fitted and what it was fitted with."""
    number = task.fold.number
    model = prepared.resolved.model(task.model)
    rows, horizon = prepared.rows[number], prepared.samples.horizon
    symbols = tuple(s for s in task.symbols if len(rows.train.get(s, ())))
    seen = [
        prepared.samples.known_at[s][part[s][-1] + horizon]
        for part in (rows.train, rows.validation)
        for s in symbols
        if len(part.get(s, ()))
    ]
    training = Training(
        label=task.model,
        symbols=symbols,
        seed=task.seed,
        fold=number,
        until=pd.Timestamp(max(seen)),
        first_bars={s: pd.Timestamp(prepared.panel[s].index[0]).isoformat() for s in prepared.panel},
        data=tuple({"symbol": s, "context": c, "sha256": sha} for (c, s), sha in prepared.used_sha256.items()),
    )
    scalers = prepared.learnt_scalers[number]
    own = FoldScalers(*({s: part[s] for s in symbols} for part in (scalers.x, scalers.y)))
    return TrainedModel(
        training,
        ModelInputs.of(prepared.resolved, prepared.samples.feature_names),
        model.forecaster,
        fitted,
        own if model.forecaster.scaled else None,
        prepared.resolved.experiment.multi_step,
        conformal,
    )


def keep_model(
    prepared: Prepared, task: FitTask, fitted: FittedForecaster, conformal: Conformal | None
) -> tuple[dict[str, bytes], str | None]:
    """Return the files of a model that is to be kept, and a note where saving failed; none where it cannot be saved.

    Saving is a convenience: a model that fails at it is fitted again when it is needed.
    """
    model = trained_model(prepared, task, fitted, conformal)
    try:
        return model_files(model), None
    except NotSaveable:
        return {}, None
    except WorkbenchError as err:
        return {}, f"A fitted {model.forecaster.name} was not kept and would be fitted again: {err}"


def refitted(model: TrainedModel) -> TrainedModel:
    """Return a model as of no fold: it was fitted on all bars there were."""
    return replace(model, training=replace(model.training, fold=None))
