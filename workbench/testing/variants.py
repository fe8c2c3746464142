"""Other settings of a plugin than the one under examination: a leak may hide behind a choice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from inspect import get_annotations
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from workbench.contracts.plugin import Plugin
from workbench.errors import WorkbenchError
from workbench.testing.check import Case, CheckFailure

VARIED = frozenset({"no_look_ahead", "warmup_is_exact"})
"""Checks that are run for other values of choices too."""
N_VARIANTS = 12
SECONDS = 60.0
"""Time to spend on variants in one check; those that would take longer are not tried, and named."""


def with_parameters(plugin: Plugin, **params: Any) -> Plugin:
    """Return a plugin like another, with some parameters changed.

    Raises
    ------
    ExperimentError
        It does not take them.
    """
    cls = type(plugin)
    return cls(**{**{name: getattr(plugin, name) for name in cls.model_fields}, **params})


def variants(plugin: Plugin) -> Iterator[tuple[str, Any]]:
    """Give every other value of parameters that are yes or no or a choice of some, each by itself.

    Those that come from a base class of Workbench, such as the optimizer of a `TorchForecaster`, are left as they are.
    """
    cls = type(plugin)
    own = {
        name
        for base in cls.__mro__
        if base.__module__.partition(".")[0] != "workbench"
        for name in get_annotations(base)
    }
    for name, field in cls.model_fields.items():
        for value in _choices(field.annotation) if name in own else ():
            if value != getattr(plugin, name):
                yield name, value


def _choices(annotation: Any) -> list[Any]:
    if annotation is bool:
        return [False, True]
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return [value for inside in get_args(annotation) for value in _choices(inside)]
    return []


def check_variants(run: Callable[[Case], str | None], case: Case, seconds: float) -> str | None:
    """Run a check for other values of choices, and say which.

    A variant that cannot be made or checked, such as a graphics card that is not there, is no failure: it is named.

    Parameters
    ----------
    run : callable
        The check, as it ran on the case.
    case : Case
    seconds : float
        What the check took on the case itself.

    Raises
    ------
    CheckFailure
        A variant does not conform, at some place of what it gave.
    """
    covered: list[str] = []
    left_out: list[str] = []
    began = time.monotonic()
    for i, (name, value) in enumerate(variants(case.plugin)):
        said = f"{name}={json.dumps(value)}"
        if i >= N_VARIANTS or time.monotonic() - began + seconds > SECONDS:
            left_out.append(said)
            continue
        try:
            run(replace(case, plugin=with_parameters(case.plugin, **{name: value})))
        except CheckFailure as failure:
            if failure.column is not None:
                raise CheckFailure(f"with {said}: {failure.reason}", failure.column, failure.first_row) from failure
            left_out.append(f"{said} ({failure.reason.rstrip('.')})")
        except WorkbenchError as err:
            left_out.append(f"{said} ({str(err).rstrip('.')})")
        else:
            covered.append(said)
    return _remark(covered, left_out)


def _remark(covered: list[str], left_out: list[str]) -> str | None:
    parts = [f"also with {', '.join(covered)}"] if covered else []
    parts += [f"not with {', '.join(left_out)}"] if left_out else []
    return "; ".join(parts) or None
