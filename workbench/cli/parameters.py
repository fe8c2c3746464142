"""Parameters of plugins in words: their types and bounds."""

from __future__ import annotations

import inspect
import re
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_PARAMETERS = re.compile(r"^Parameters\n-+$", re.MULTILINE)


def described_parameters(cls: Any) -> list[dict[str, Any]]:
    """Return name, type, default, bounds and help of each parameter of a plugin class."""
    return [
        {
            "name": name,
            "type": type_name(field.annotation),
            "default": None if field.is_required() else field.get_default(call_default_factory=True),
            "required": field.is_required(),
            "bounds": bounds(field),
            "help": field.description,
        }
        for name, field in cls.model_fields.items()
    ]


def introduction(docstring: str) -> str:
    """Return what a docstring says before it lists the parameters."""
    return _PARAMETERS.split(inspect.cleandoc(docstring))[0].strip()


def value(thing: Any) -> str:
    """Return a default as a TOML file or a call would hold it."""
    if isinstance(thing, tuple):
        return f"[{', '.join(map(value, thing))}]"
    if hasattr(thing, "to_dict"):  # a plugin chosen by name
        return value(thing.name)
    return f'"{thing}"' if isinstance(thing, str) else repr(thing)


def type_name(annotation: Any) -> str:
    """Return a type as a reader would write it: choices as such, bounds of list items left out."""
    inside = get_args(annotation)
    if not inside:
        return "None" if annotation is type(None) else getattr(annotation, "__name__", str(annotation))
    if get_origin(annotation) is Literal:
        return " or ".join(map(value, inside))
    if get_origin(annotation) is Annotated:
        return type_name(inside[0])
    if get_origin(annotation) in (tuple, list):
        return f"list of {type_name(inside[0])}"
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(map(type_name, inside))
    return str(annotation).replace("typing.", "")


def bounds(field: Any) -> list[str]:
    """Return the bounds of a field in words, such as `at least 1`."""
    return [
        f"{word} {getattr(rule, key):g}"
        for rule in field.metadata
        for key, word in _BOUNDS.items()
        if hasattr(rule, key)
    ]
