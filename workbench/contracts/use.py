"""`use`: name a plugin and its parameters without importing it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from workbench.contracts.names import canonical_name
from workbench.contracts.plugin import Plugin
from workbench.errors import ExperimentError


class Use(BaseModel):
    """A plugin chosen by name, with parameters; resolved against the registry when a run starts.

    Parameters
    ----------
    name : str
        Plugin name, or `distribution:name` where two distributions offer the same name.
    label : str, optional
        What the plugin is called in results; by default its name and what differs from its defaults.
    params : dict
        Parameters, checked when the plugin is made. Tuples, paths and numpy numbers are kept as a file would
        hold them: as lists, texts and plain numbers.
    plugin : Plugin subclass, optional
        The class itself, when an instance was handed in; it need not be installed then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    label: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    plugin: type[Plugin] | None = Field(default=None, exclude=True, repr=False)

    @field_validator("params")
    @classmethod
    def _plain_params(cls, params: dict[str, Any]) -> dict[str, Any]:
        return {name: _plain(value) for name, value in params.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return `{"use": name, ["label": label,] **params}`, the form written to TOML."""
        label = {} if self.label is None else {"label": self.label}
        return {"use": self.name, **label, **self.params}

    def with_params(self, **changes: Any) -> Use:
        """Return a copy with some parameters replaced."""
        return Use(**{**dict(self), "params": {**self.params, **changes}})


def use(name: str | Plugin | Use, /, *, label: str | None = None, **params: Any) -> Use:
    """Choose a plugin by name.

    Parameters
    ----------
    name : str or Plugin
        Plugin name (`-` and `_` are the same), or a plugin instance to be labelled.
    label : str, optional
        What to call it in results.
    **params
        Its parameters.

    Examples
    --------
    >>> use("rsi", window=21).to_dict()
    {'use': 'rsi', 'window': 21}
    """
    if isinstance(name, str):
        return Use(name=_canonical(name), label=label, params=params)
    chosen = as_use(name).with_params(**params)
    return chosen if label is None else chosen.model_copy(update={"label": label})


def as_use(value: object) -> Use:
    """Turn a name, a mapping with `use`, a plugin class or a plugin instance into a `Use`."""
    if isinstance(value, Use):
        return value
    if isinstance(value, str):
        return use(value)
    if isinstance(value, Plugin):
        return Use(name=_name_of(type(value)), params=value.params, plugin=type(value))
    if isinstance(value, type) and issubclass(value, Plugin):
        return Use(name=_name_of(value), plugin=value)
    if isinstance(value, Mapping):
        return _from_mapping(value)
    _refuse_estimator(value)
    raise ExperimentError(
        f"expected a plugin name, `use(...)` or a plugin instance, got {value!r} ({type(value).__name__})."
    )


def _refuse_estimator(value: object) -> None:
    """Say how an estimator, or its class, becomes a plugin: it is the first thing many hand in."""
    if all(hasattr(value, method) for method in ("fit", "predict", "get_params")):
        name = value.__name__ if isinstance(value, type) else type(value).__name__
        raise ExperimentError(
            f"expected a plugin, got a scikit-learn estimator ({name}). Wrap it: `SklearnForecaster({name}(...))`, "
            f"imported from `workbench.sklearn`."
        )


def _from_mapping(value: Mapping[str, Any]) -> Use:
    rest = dict(value)
    name = rest.pop("use", None)
    label = rest.pop("label", None)
    if not isinstance(name, str):
        raise ExperimentError(f'a plugin is chosen with `use = "name"`, but {dict(value)!r} has no `use`.')
    if label is not None and not isinstance(label, str):
        raise ExperimentError(f"`label` of {name!r} must be text, got {label!r}.")
    return Use(name=_canonical(name), label=label, params=rest)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Path) else value


def _canonical(name: str) -> str:
    dist, colon, local = name.rpartition(":")
    if not canonical_name(local):
        raise ExperimentError(f"a plugin name cannot be empty, got {name!r}.")
    return f"{dist}{colon}{canonical_name(local)}"


def _name_of(cls: type[Plugin]) -> str:
    if cls.name is None:
        raise ExperimentError(
            f"{cls.__name__} has no name, so it cannot be used in an experiment. "
            f'Declare it as `class {cls.__name__}({cls.__bases__[0].__name__}, name="...")`.'
        )
    return cls.name
