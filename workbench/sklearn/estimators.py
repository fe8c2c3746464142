"""Scikit-learn estimators in plain values: named by class and settings, and told apart by what they hold."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import re
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.errors import ExperimentError, did_you_mean

_METHODS = ("fit", "predict", "get_params", "set_params", "__sklearn_tags__")
_EXAMPLE = "sklearn.linear_model.Ridge"
_N_SEEDS = 2**32
"""`random_state` lies below."""


class EstimatorObject:
    """An estimator that only exists as an object, such as a pipeline; equal to one that holds the same.

    Parameters
    ----------
    estimator : regressor
        A copy of its own, since what is told apart must not change.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator
        self.identity = identity(estimator)

    def __repr__(self) -> str:
        return self.identity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EstimatorObject) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    @property
    def label(self) -> str:
        """The estimator as scikit-learn prints it, on one line."""
        return re.sub(r" at 0x[0-9a-f]+", "", re.sub(r"\s+", " ", repr(self.estimator)))


def copied(estimator: Any) -> Any:
    """Return an unfitted copy.

    Raises
    ------
    ExperimentError
        It is no regressor, or one that cannot be copied.
    """
    from sklearn.base import clone

    _check_regressor(estimator)
    try:
        return clone(estimator)
    except (TypeError, RuntimeError) as err:
        raise ExperimentError(f"{type(estimator).__name__} cannot be copied the way scikit-learn does: {err}") from err


def _check_regressor(estimator: Any) -> None:
    name = type(estimator).__name__
    if isinstance(estimator, type):
        raise ExperimentError(f"got the class {estimator.__name__}; hand in an estimator: `{estimator.__name__}()`.")
    missing = [method for method in _METHODS if not hasattr(estimator, method)]
    if missing:
        raise ExperimentError(f"got {name}, which lacks {', '.join(missing)}; expected a scikit-learn regressor.")
    from sklearn.utils import get_tags

    kind = get_tags(estimator).estimator_type
    if kind not in (None, "regressor"):
        raise ExperimentError(f"got {name}, of type {kind!r}; expected a regressor, since a forecast is a number.")


def seed_randomness(estimator: Any, seed: int) -> None:
    """Set every `random_state` that is None, also of estimators inside."""
    undecided = {
        name: seed % _N_SEEDS
        for name, value in estimator.get_params(deep=True).items()
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    }
    estimator.set_params(**undecided)


def make_estimator(path: str, settings: Mapping[str, Any]) -> Any:
    """Make the regressor of the class at `path`.

    Parameters
    ----------
    path : str
        Module and class, such as `sklearn.linear_model.Ridge`.
    settings : mapping
        Its parameters. A list is made a tuple where the default is one.

    Raises
    ------
    ExperimentError
        There is no such class, it is no regressor, or it does not take the settings.
    """
    cls = _find(path)
    parameters = inspect.signature(cls).parameters
    _check_names(path, settings, parameters)
    taken = {name: _as_default(value, parameters.get(name)) for name, value in settings.items()}
    try:
        estimator = cls(**taken)
    except (TypeError, ValueError) as err:
        raise ExperimentError(
            f"{path} cannot be made from these settings: {err}. What needs another estimator inside can be handed in "
            f"from Python, as an object."
        ) from err
    _check_regressor(estimator)
    return estimator


def names_of_settings(path: str) -> set[str]:
    """Names of the parameters of the class at `path`, which `make_estimator` has found."""
    return set(inspect.signature(_find(path)).parameters)


def _check_names(path: str, settings: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]) -> None:
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for name in settings:
        if name not in parameters:
            takes = f" It takes {', '.join(f'`{p}`' for p in parameters)}."
            raise ExperimentError(f"{path} has no setting `{name}`.{did_you_mean(name, parameters) or takes}")


def _as_default(value: Any, parameter: inspect.Parameter | None) -> Any:
    """Return a list as a tuple where the default is one; files know lists only."""
    return tuple(value) if parameter and isinstance(value, list) and isinstance(parameter.default, tuple) else value


def _find(path: str) -> Any:
    module, _, name = path.rpartition(".")
    if not module:
        raise ExperimentError(f"got {path!r}; expected module and class, such as {_EXAMPLE!r}.")
    try:
        found = importlib.import_module(module)
    except Exception as err:  # importing somebody's module may raise anything
        raise ExperimentError(
            f"got {path!r}, but the module {module!r} cannot be imported: {err}. Correct the path, or install the "
            f"package."
        ) from err
    cls = getattr(found, name, None)
    if cls is None:
        raise ExperimentError(f"the module {module!r} has no {name!r}.{did_you_mean(name, dir(found))}")
    if not isinstance(cls, type) or not all(hasattr(cls, method) for method in _METHODS):
        raise ExperimentError(f"{path} is no scikit-learn regressor; expected a class such as {_EXAMPLE}.")
    return cls


def in_plain_values(estimator: Any) -> tuple[str, dict[str, Any]] | None:
    """Return the path and the settings from which `make_estimator` makes the same estimator.

    Returns
    -------
    tuple of str and dict, or None
        Settings that differ from their defaults, sorted by name. None where the class cannot be imported, or a
        setting is more than plain values that a file can hold.
    """
    path = _public_path(type(estimator))
    parameters = inspect.signature(type(estimator)).parameters
    changed = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in sorted(estimator.get_params(deep=False).items())
        if name not in parameters or identity(value) != identity(parameters[name].default)
    }
    if path is None or not all(map(_is_plain, changed.values())):
        return None
    settings = {name: _listed(value) for name, value in changed.items()}
    return (path, settings) if identity(make_estimator(path, settings)) == identity(estimator) else None


def _public_path(cls: type) -> str | None:
    """Return the shortest path at which the class is found; packages re-export what private modules define."""
    parts = cls.__module__.split(".")
    for n in range(1, len(parts) + 1):
        module = ".".join(parts[:n])
        if module != "__main__" and getattr(sys.modules.get(module), cls.__name__, None) is cls:
            return f"{module}.{cls.__name__}"
    return None


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(map(_is_plain, value.values()))
    return isinstance(value, (bool, int, float, str))


def _listed(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_listed(item) for item in value]
    return {key: _listed(item) for key, item in value.items()} if isinstance(value, dict) else value


def identity(value: Any) -> str:
    """Return a text that is the same for the same estimator, and another for any other parameter inside it.

    Lists and tuples count as the same, as they do for scikit-learn and in a file.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(identity, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{identity(k)}: {identity(v)}' for k, v in value.items())}}}"
    cls = type(value)
    if hasattr(value, "get_params") and not isinstance(value, type):
        params = sorted(value.get_params(deep=False).items())
        return f"{cls.__module__}.{cls.__qualname__}({', '.join(f'{k}={identity(v)}' for k, v in params)})"
    import cloudpickle

    digest = hashlib.sha256(cloudpickle.dumps(value)).hexdigest()
    return f"{cls.__module__}.{cls.__qualname__}#{digest}"
