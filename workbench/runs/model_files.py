"""The files of a trained model: those of its forecaster, and a document that says what it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.contracts.forecaster import Forecaster
from workbench.contracts.remaking import class_reference, describe_plugin, remake_plugin
from workbench.errors import NotSaveable, StoreError
from workbench.evaluation.conformal import Conformal
from workbench.runs.inputs import ModelInputs
from workbench.runs.saving import fitted_files, load_fitted, read_files
from workbench.runs.scaler_files import describe_scalers, remake_scalers
from workbench.runs.trained import TrainedModel, Training

DOCUMENT = "workbench.json"
"""The file beside a fitted forecaster's own that says what it is shown, and what its numbers mean."""
FORMAT = 1
"""Of that file. Whatever changes what a reader has to do raises it; an older reader then refuses the file."""


def model_files(model: TrainedModel) -> dict[str, bytes]:
    """Return the files of a model, by relative name.

    Raises
    ------
    NotSaveable
        The forecaster does not offer `save`, or a part cannot be told in plain values.
    """
    own = dict(model.files) or fitted_files(model.forecaster, model.fitted)
    if DOCUMENT in own:
        raise NotSaveable(f"{model.label!r} saves a file {DOCUMENT}, a name that Workbench uses for itself.")
    text = json.dumps(_document(model), indent=1)
    return {**own, DOCUMENT: (text + "\n").encode()}


def _document(model: TrainedModel) -> dict[str, Any]:
    told = model.training
    return {
        "format": FORMAT,
        "workbench": told.workbench,
        "label": told.label,
        "forecaster": describe_plugin(model.forecaster),
        "fitted": class_reference(type(model.fitted)),
        "symbols": list(told.symbols),
        "seed": told.seed,
        "fold": told.fold,
        "trained_until": told.until.isoformat(),
        "run": told.run,
        "first_bars": told.first_bars,
        "data": list(told.data),
        "inputs": model.inputs.to_dict(),
        "scalers": None if model.scalers is None else describe_scalers(model.scalers),
        "multi_step": model.multi_step,
        "conformal": None if model.conformal is None else model.conformal.to_dict(),
    }


def read_model(files: Mapping[str, bytes], where: str, *, run: str | None = None) -> TrainedModel:
    """Read back what `model_files` gave.

    Parameters
    ----------
    files : mapping of str to bytes
    where : str
        For the messages.
    run : str, optional
        Run it belongs to, where its files do not say.

    Raises
    ------
    StoreError
        They are of no model, of a newer Workbench, or of a plugin that is not there.
    """
    told = _read_document(files, where)
    own = {name: content for name, content in files.items() if name != DOCUMENT}
    try:
        training = Training(
            told["label"],
            tuple(told["symbols"]),
            told["seed"],
            told["fold"],
            pd.Timestamp(told["trained_until"]),
            told["first_bars"],
            tuple(told["data"]),
            told["run"] or run,
            told["workbench"],
        )
        forecaster = remake_plugin(told["forecaster"], Forecaster)
        fitted = load_fitted(told["fitted"], own, forecaster)
        scalers = None if told["scalers"] is None else remake_scalers(told["scalers"])
        conformal = None if told["conformal"] is None else Conformal.from_dict(told["conformal"])
        inputs = ModelInputs.from_dict(told["inputs"])
    except (KeyError, TypeError, ValueError) as err:
        raise StoreError(f"the model in {where} is damaged: {type(err).__name__}: {err}.") from err
    return TrainedModel(training, inputs, forecaster, fitted, scalers, told["multi_step"], conformal, own)


def _read_document(files: Mapping[str, bytes], where: str) -> dict[str, Any]:
    if DOCUMENT not in files:
        raise StoreError(f"{where} holds no trained model: there is no {DOCUMENT}. `TrainedModel.save` writes one.")
    try:
        told: dict[str, Any] = json.loads(files[DOCUMENT])
    except ValueError as err:
        raise StoreError(f"{DOCUMENT} in {where} is damaged: {err}.") from err
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        found = told.get("format") if isinstance(told, dict) else None
        raise StoreError(
            f"the model in {where} has format {found!r}; this Workbench reads {FORMAT}. Upgrade trading-workbench, or "
            "train it again."
        )
    return told


def load_model(folder: str | Path, *, plugins: Iterable[Any] = ()) -> TrainedModel:
    """Load a model that `TrainedModel.save` wrote; it needs neither a store nor the training data.

    Parameters
    ----------
    folder : str or Path
    plugins : iterable, optional
        Plugin files, folders of them, packages or modules that it needs beside the installed ones.

    Raises
    ------
    StoreError
        The folder holds no model, one of a newer Workbench, or one of a plugin that is not there.

    Notes
    -----
    No file is a pickle, and the classes that the model names are only used if they are of the kind they should be; but
    importing them runs their modules, as importing any installed package does.
    """
    from workbench.registry.registry import default_registry

    path = Path(folder).expanduser()
    if not path.is_dir():
        raise StoreError(f"there is no folder {path} with a trained model.")
    default_registry((), tuple(plugins))  # imports plugin files under the names that the model knows them by
    return read_model(read_files(path), str(path))
