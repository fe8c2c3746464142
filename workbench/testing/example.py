"""Making an example of a plugin class, for those that do not give one themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError

from workbench.contracts.plugin import Plugin
from workbench.errors import ExperimentError, WorkbenchError


class ExampleError(Exception):
    """No example can be made of a class.

    Parameters
    ----------
    reason : str
    on_purpose : bool, default=False
        Whether the class refuses to be made at all, and says why: nobody can use it, which is no fault.
    """

    def __init__(self, reason: str, *, on_purpose: bool = False) -> None:
        super().__init__(reason)
        self.on_purpose = on_purpose


def make_example(cls: type[Plugin], folder: Path, params: Mapping[str, Any] | None = None) -> Plugin:
    """Return `cls.example(folder)`, or else a plugin whose required parameters are guessed from types and bounds.

    Parameters
    ----------
    cls : Plugin subclass
    folder : Path
    params : mapping of str to object, optional
        Parameters that need not be guessed.

    Raises
    ------
    ExampleError
        Neither works.
    """
    try:
        return cls.example(folder)
    except (Exception, SystemExit) as err:
        reason = f"{type(err).__name__}: {err}" if not isinstance(err, WorkbenchError) else str(err)
        refused = isinstance(err, ExperimentError) and not isinstance(err.__cause__, ValidationError)
    needed = {name: field for name, field in cls.model_fields.items() if field.is_required()}
    given = dict(params or {})
    try:
        guessed = {n: given[n] if n in given else _guess(f.annotation, f.metadata) for n, f in needed.items()}
        if guessed:
            return cls(**guessed)
    except (Exception, SystemExit):
        pass
    advice = f" Give {cls.__name__} a classmethod `example(cls, folder)` that returns one." if needed else ""
    if refused and not needed:
        raise ExampleError(f"it refuses to be made: {reason}", on_purpose=True)
    raise ExampleError(f"it cannot be made: {reason}{advice}")


def _guess(annotation: Any, rules: list[Any]) -> Any:
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    if get_origin(annotation) in (list, tuple):
        return [_guess(get_args(annotation)[0], [])]
    if isinstance(annotation, type(int | str)) or get_origin(annotation) is Union:
        return _guess(get_args(annotation)[0], rules)
    if annotation is bool:
        return True
    if annotation in (int, float):
        return annotation(_within(rules))
    if annotation is str:
        return "close"
    raise ExampleError(f"no guess for {annotation}")


def _within(rules: list[Any]) -> float:
    """Return a small number that keeps to the bounds."""
    low: list[float] = [getattr(r, key) for r in rules for key in ("ge", "gt") if getattr(r, key, None) is not None]
    high: list[float] = [getattr(r, key) for r in rules for key in ("le", "lt") if getattr(r, key, None) is not None]
    if high and min(high) <= 10:
        return (min(high) + max([0, *low])) / 2
    return max([10, *(limit + 1 for limit in low)])
