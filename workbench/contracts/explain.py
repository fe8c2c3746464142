"""Turning pydantic's validation errors into one helpful paragraph."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workbench.errors import ExperimentError, did_you_mean

_T = TypeVar("_T")

_N_SHOWN = 200
"""Characters shown of a value that was refused."""


def explain(owner: str, known: Iterable[str], err: ValidationError) -> str:
    """Say what was wrong, with what was got, what is accepted and the near miss.

    Parameters
    ----------
    owner : str
        What the fields belong to, such as `'rsi'` or `the experiment`.
    known : iterable of str
        Its field names.
    err : ValidationError
    """
    fields, found = list(known), err.errors()
    told = [item for item in found if not _follows_from_others(item, found)]
    return " ".join(dict.fromkeys(_sentence(owner, fields, item) for item in told))


def _follows_from_others(item: ErrorDetails, found: list[ErrorDetails]) -> bool:
    """Whether a list is only too short because some of its items were refused: pydantic counts the good ones."""
    loc = item["loc"]
    return item["type"] == "too_short" and any(
        other["loc"][: len(loc)] == loc and len(other["loc"]) > len(loc) for other in found
    )


def _sentence(owner: str, known: list[str], item: object) -> str:
    assert isinstance(item, dict)
    path = [_position(part, known) if i == 0 else str(part) for i, part in enumerate(item["loc"])]
    field = ".".join(path)
    if item["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        takes = f" It takes {', '.join(f'`{k}`' for k in known)}." if known else " It takes no parameters."
        return f"{owner} has no parameter `{field}`.{did_you_mean(field, known) or takes}"
    if item["type"] in ("missing", "missing_argument"):
        return f"{owner} needs the parameter `{field}`."
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"`{field}` of {owner} is {_short(item.get('input'))}: {message[:1].lower()}{message[1:].rstrip('.')}."


def _short(value: object) -> str:
    """Return a value on one line; frames and long tables are cut."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _N_SHOWN else f"{text[:_N_SHOWN]}..."


def _position(part: int | str, known: list[str]) -> str:
    """Name an argument that was given by position."""
    return known[part] if isinstance(part, int) and part < len(known) else str(part)


def explained(owner: str) -> Callable[[type[_T]], type[_T]]:
    """Make a pydantic dataclass raise `ExperimentError`, with a sentence, when its arguments are wrong.

    Parameters
    ----------
    owner : str
        What it is called in experiments.
    """

    def decorate(cls: type[_T]) -> type[_T]:
        checked = cls.__init__

        @functools.wraps(checked)
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                checked(self, *args, **kwargs)
            except ValidationError as err:
                raise ExperimentError(explain(repr(owner), cls.__dataclass_fields__, err)) from err  # type: ignore[attr-defined]

        cls.__init__ = init  # type: ignore[method-assign]
        return cls

    return decorate
