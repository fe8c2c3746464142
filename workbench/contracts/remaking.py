"""Describing a class or a plugin in plain values, and finding or making it again from them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, TypeVar

from workbench.contracts.plugin import Plugin
from workbench.errors import ExperimentError, NotSaveable, StoreError

_T = TypeVar("_T")
_P = TypeVar("_P", bound=Plugin)


def class_reference(cls: type) -> str:
    """Return where `cls` is found, as `module:Class`; `find_class` reads it.

    Raises
    ------
    NotSaveable
        Another process cannot import it: it was defined in a function, or in a script or notebook.
    """
    if "<locals>" in cls.__qualname__ or cls.__module__ == "__main__":
        raise NotSaveable(
            f"{cls.__module__}.{cls.__qualname__} cannot be imported by another process; define it at the top of "
            f"a module to have it saved."
        )
    return f"{cls.__module__}:{cls.__qualname__}"


def find_class(reference: str, base: type[_T]) -> type[_T]:
    """Import the class that `class_reference` described.

    Parameters
    ----------
    reference : str
        Such as `workbench_lstm:LSTM`.
    base : type
        What it must be a subclass of.

    Raises
    ------
    StoreError
        It is not there any more, or is no `base`.
    """
    kind = getattr(base, "kind", "") or "class"
    module, _, name = reference.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except Exception as err:  # importing somebody's module may raise anything
        raise StoreError(
            f"a saved model needs the {kind} {reference}, which cannot be imported ({err}); install or load the "
            f"plugin it came from, or fit it again."
        ) from err
    if not (isinstance(found, type) and issubclass(found, base)):
        raise StoreError(f"a saved model names {reference} as its {kind}, which is no {base.__name__}.")
    return found


def describe_plugin(plugin: Plugin) -> dict[str, Any]:
    """Return the class of a plugin and all its parameters, in a form that JSON takes.

    For forecasters that save themselves: what they were made from, and plugins that they hold, such as the target.

    Returns
    -------
    dict
        `{"class": "module:Class", "params": {...}}`; `remake_plugin` reads it.

    Raises
    ------
    NotSaveable
        The class cannot be imported by another process, or a parameter is an object that JSON cannot hold.

    Examples
    --------
    >>> from workbench_targets import LogReturn
    >>> describe_plugin(LogReturn())
    {'class': 'workbench_targets._targets:LogReturn', 'params': {}}
    """
    from pydantic_core import PydanticSerializationError

    reference = class_reference(type(plugin))
    try:
        return {"class": reference, "params": plugin.model_dump(mode="json")}
    except PydanticSerializationError as err:
        raise NotSaveable(f"a parameter of {plugin.label} cannot be written to a file: {err}.") from err


def remake_plugin(description: Mapping[str, Any], base: type[_P]) -> _P:
    """Make the plugin that `describe_plugin` described.

    Parameters
    ----------
    description : mapping
        With `class` and `params`.
    base : type
        The kind it must be, such as `Target`. Nothing else is made, whatever the description names.

    Raises
    ------
    StoreError
        There is no such class any more, it is no `base`, or it no longer takes the parameters.
    """
    try:
        reference, params = str(description["class"]), dict(description["params"])
    except (KeyError, TypeError, ValueError) as err:
        raise StoreError(f"expected the `class` and the `params` of a plugin, got {description!r}.") from err
    cls = find_class(reference, base)
    try:
        return cls(**params)
    except ExperimentError as err:
        raise StoreError(
            f"{reference} no longer takes the parameters it was saved with: {err} Its code has changed since; "
            f"fit it again."
        ) from err
