"""Checks of what forecasters leave behind: fitted ones that are sent and saved, and learning curves."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from workbench.audit.forecasters import SLOW_TO_IMPORT
from workbench.audit.fresh import FreshProcessError, call_fresh
from workbench.audit.studies import Desk, Study, Tables
from workbench.contracts.arrays import FloatArray
from workbench.contracts.calling import calling
from workbench.contracts.forecaster import FittedForecaster, Forecaster
from workbench.errors import NotSaveable
from workbench.testing.again import same_again
from workbench.testing.check import Case, CheckFailure
from workbench.testing.saved_files import check_files
from workbench.testing.windows import toy_studies


def saves_and_loads(case: Case) -> str | None:
    """Where it offers `save`, what `load` gives in a fresh process makes the same forecasts; no file is a pickle."""
    (study,) = toy_studies(n_folds=1)
    forecaster, desk = case.fresh(), Desk(study)
    fitted = desk.fit(forecaster)
    folder = case.folder / "model"
    folder.mkdir()
    with _nothing_else_written(folder):
        try:
            with calling(forecaster, "save", watched=False):
                fitted.save(folder)
        except NotSaveable as err:
            return f"it cannot be saved, and is fitted again instead: {err}"
    check_files(folder)
    loaded = _afresh(_load_and_forecast, (type(fitted), folder, forecaster, study), forecaster)
    how = "after `save` and `load` in another process"
    same_again(desk.compare(desk.predict(forecaster, fitted), loaded, how), "Save all that `predict` needs.")
    return None


def survives_a_worker(case: Case) -> None:
    """A fitted forecaster can be sent to another process, where it makes the same forecasts."""
    (study,) = toy_studies(n_folds=1)
    forecaster, desk = case.fresh(), Desk(study)
    fitted = desk.fit(forecaster)
    sent = _afresh(_forecast, (fitted, forecaster, study), forecaster)
    advice = "Keep all that `predict` needs in the fitted forecaster."
    same_again(desk.compare(desk.predict(forecaster, fitted), sent, "in another process"), advice)


def reports_its_learning(case: Case) -> str | None:
    """Where it reports a learning curve, epochs count from 1, losses are finite, and forecasts fit the validation."""
    reported = False
    for validation in (0.1, 0.0):
        (study,) = toy_studies(n_folds=1, validation=validation)
        curve = _Curve()
        desk, forecaster = Desk(study), case.fresh()
        held = desk.job(forecaster).validation
        desk.fit(forecaster, curve)
        for place, epoch in enumerate(curve.epochs, start=1):
            _check_epoch(place, *epoch, n_held=0 if held is None else len(held), horizon=study.horizon)
        reported |= bool(curve.epochs)
    return None if reported else "it reports none"


class _Curve:
    """Takes a learning curve as it comes."""

    def __init__(self) -> None:
        self.epochs: list[tuple[Any, Any, Any, Any]] = []

    def __call__(
        self,
        epoch: int,
        train_loss: float,
        validation_loss: float | None = None,
        validation_forecast: FloatArray | None = None,
    ) -> None:
        self.epochs.append((epoch, train_loss, validation_loss, validation_forecast))


def _check_epoch(
    place: int, epoch: Any, train_loss: Any, validation_loss: Any, forecast: Any, *, n_held: int, horizon: int
) -> None:
    if epoch != place:
        raise CheckFailure(f"report {place} was of epoch {epoch!r}: report every epoch once, from 1 up.")
    losses = (
        {"train_loss": train_loss}
        if validation_loss is None
        else {
            "train_loss": train_loss,
            "validation_loss": validation_loss,
        }
    )
    for name, loss in losses.items():
        if not np.ndim(loss) == 0 or not np.isfinite(float(loss)):
            raise CheckFailure(f"`{name}` of epoch {epoch} is {loss!r}; expected a finite number.", name, place - 1)
    if not n_held and (validation_loss is not None or forecast is not None):
        raise CheckFailure(
            f"epoch {epoch} reports a validation, but `validation` was None.", "validation_loss", place - 1
        )
    if forecast is not None and np.shape(forecast) != (n_held, horizon):
        raise CheckFailure(
            f"`validation_forecast` of epoch {epoch} has shape {np.shape(forecast)}; expected {(n_held, horizon)}, one "
            f"row per validation origin.",
            "validation_forecast",
            place - 1,
        )


@contextmanager
def _nothing_else_written(folder: Path) -> Iterator[None]:
    """Fail if files appear beside the folder, or where the process works."""
    places = folder.parent, Path(os.getcwd())
    before = [set(os.listdir(place)) for place in places]
    yield
    for place, names in zip(places, before, strict=True):
        more = sorted(set(os.listdir(place)) - names)
        if more:
            raise CheckFailure(f"`save` wrote {more[0]} outside of the folder it was given.")


def _afresh(function: Any, item: tuple[Any, ...], forecaster: Forecaster) -> Tables:
    try:
        (answer,) = call_fresh(function, [item], [type(forecaster)], SLOW_TO_IMPORT)
    except FreshProcessError as err:
        raise CheckFailure(f"{err}.") from err
    except (TypeError, AttributeError, pickle.PicklingError) as err:
        raise CheckFailure(
            f"it cannot be sent to another process: {err}. Runs fit in several processes: keep no open files, locks, "
            f"generators or lambdas from compiled code in what `fit` returns."
        ) from err
    if answer.error is not None:
        raise CheckFailure(f"in another process it failed: {answer.error}")
    tables: Tables = answer.value
    return tables


def _forecast(item: tuple[FittedForecaster, Forecaster, Study]) -> Tables:
    fitted, forecaster, study = item
    return Desk(study).predict(forecaster, fitted)


def _load_and_forecast(item: tuple[type[FittedForecaster], Path, Forecaster, Study]) -> Tables:
    cls, folder, forecaster, study = item
    with calling(forecaster, "load", watched=False):
        loaded = cls.load(folder)
    return Desk(study).predict(forecaster, loaded)
