"""Fitted scikit-learn transformers in plain values: class, settings, and what `fit` learnt."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.errors import NotSaveable, StoreError

_PACKAGE = "sklearn."
_PROBE = (-1.5, 0.0, 0.25, 3.0)
"""Values on which a transformer made again must agree with the one it was made from."""


def describe_transformer(fitted: Any) -> dict[str, Any]:
    """Return a fitted transformer in a form that JSON takes; `remake_transformer` reads it.

    Raises
    ------
    NotSaveable
        It is none of scikit-learn's own, or holds more than numbers, texts and arrays of numbers.
    """
    cls = type(fitted)
    what = f"the scaler {cls.__name__}"
    if not cls.__module__.startswith(_PACKAGE):
        raise NotSaveable(f"{what} is none of scikit-learn's own, and what it learnt cannot be told in plain values.")
    try:
        described = {
            "class": f"{cls.__module__}:{cls.__qualname__}",
            "params": {name: _plain(value) for name, value in fitted.get_params(deep=False).items()},
            "learnt": {name: _plain(value) for name, value in vars(fitted).items() if name.endswith("_")},
        }
    except TypeError as err:
        raise NotSaveable(f"{what} cannot be told in plain values: {err}.") from err
    _check_same(fitted, remake_transformer(described), what)
    return described


def remake_transformer(described: Mapping[str, Any]) -> Any:
    """Make the fitted transformer that `describe_transformer` described.

    Raises
    ------
    StoreError
        It names no transformer of scikit-learn, or one that is not there any more.
    """
    from sklearn.base import BaseEstimator, TransformerMixin

    module, _, name = str(described["class"]).partition(":")
    if not module.startswith(_PACKAGE):
        raise StoreError(f"a saved model names {module}:{name} as its scaler, which is none of scikit-learn's own.")
    try:
        cls = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as err:
        raise StoreError(f"a saved model needs the scaler {module}:{name}, which is not there: {err}.") from err
    if not (isinstance(cls, type) and issubclass(cls, TransformerMixin) and issubclass(cls, BaseEstimator)):
        raise StoreError(f"a saved model names {module}:{name} as its scaler, which is no transformer.")
    made = cls(**{key: _unplain(value) for key, value in described["params"].items()})
    for key, value in described["learnt"].items():
        if not key.endswith("_") or key.startswith("_"):
            raise StoreError(f"a saved model sets {key!r} of its scaler, which `fit` does not.")
        setattr(made, key, _unplain(value))
    return made


def _check_same(fitted: Any, made: Any, what: str) -> None:
    rows = np.tile(np.array(_PROBE)[:, None], (1, int(getattr(fitted, "n_features_in_", 1))))
    for method in ("transform", "inverse_transform"):
        before = np.asarray(getattr(fitted, method)(rows.copy()))
        try:
            after = np.asarray(getattr(made, method)(rows.copy()))
        except Exception as err:  # whatever it lacks, it cannot be told in plain values
            raise NotSaveable(f"{what} cannot be made again from plain values: {err}.") from err
        if not np.array_equal(before, after, equal_nan=True):
            raise NotSaveable(f"{what} does not do the same once it is made again from plain values.")


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biuf":
            raise TypeError(f"an array of {value.dtype}")
        return {"array": value.ravel().tolist(), "shape": list(value.shape), "dtype": str(value.dtype)}
    if isinstance(value, np.generic):
        return {"number": value.item(), "dtype": str(value.dtype)}
    if isinstance(value, (list, tuple)):
        return {"tuple" if isinstance(value, tuple) else "list": [_plain(item) for item in value]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"it holds a {type(value).__name__}")


def _unplain(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["array"], dtype=value["dtype"]).reshape(value["shape"])
    if "number" in value:
        return np.dtype(value["dtype"]).type(value["number"])
    return tuple(map(_unplain, value["tuple"])) if "tuple" in value else list(map(_unplain, value["list"]))
