"""Checks that every plugin has to pass, whatever its kind."""

from __future__ import annotations

import tomllib
from typing import Any

from workbench.contracts.plugin import Plugin
from workbench.contracts.use import Use, as_use
from workbench.errors import ExperimentError, WorkbenchError
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.state import fingerprint

_BEYOND = (("ge", -1), ("gt", 0), ("le", 1), ("lt", 0))


def described(case: Case) -> None:
    """The class has a docstring of its own, whose first line says in a list what it is."""
    text = vars(type(case.plugin)).get("__doc__")
    if not (text and text.strip()):
        raise CheckFailure(
            f"{type(case.plugin).__name__} has no docstring. Its first line is what users see in lists: write one."
        )


def parameters_are_checked(case: Case) -> None:
    """Defaults are valid themselves; a parameter that is unknown or out of bounds is refused with a clear error."""
    cls = type(case.plugin)
    try:
        case.fresh()
    except WorkbenchError as err:
        raise CheckFailure(f"the plugin refuses its own parameters when they are given: {err}") from err
    _refused(cls, {**_values(case.plugin), "no_such_parameter": 1}, "a parameter that it does not have")
    for name, field in cls.model_fields.items():
        for rule in field.metadata:
            for bound, step in _BEYOND:
                if isinstance(limit := getattr(rule, bound, None), (int, float)):
                    value = limit + step
                    _refused(cls, {**_values(case.plugin), name: value}, f"`{name}` = {value}, which is out of bounds")


def _refused(cls: type[Plugin], params: dict[str, Any], what: str) -> None:
    try:
        cls(**params)
    except ExperimentError:
        return
    except Exception as err:
        raise CheckFailure(
            f"given {what}, it raised {type(err).__name__} instead of an ExperimentError: leave checking of parameters "
            f"to the fields' types and bounds."
        ) from err
    raise CheckFailure(f"it accepts {what}; do not override `__init__` or the model's configuration.")


def parameters_round_trip(case: Case) -> str | None:
    """The plugin can be written to an experiment file and comes back equal."""
    import tomli_w

    chosen = as_use(case.plugin)
    if not _is_plain(chosen.params):
        return "it holds an object that a file cannot: experiments with it cannot be written to TOML"
    try:
        text = tomli_w.dumps({k: v for k, v in chosen.to_dict().items() if v is not None})
    except TypeError as err:
        raise CheckFailure(f"its parameters cannot be written to TOML: {err}.") from err
    read = as_use(tomllib.loads(text))
    again = type(case.plugin)(**read.params)
    if fingerprint(_values(again)) != fingerprint(_values(case.plugin)):
        raise CheckFailure(
            f"it comes back from TOML as {again.label}, but was {case.plugin.label}. Use plain types for parameters: "
            f"numbers, texts, lists; and a default other than None where None is a choice."
        )
    return None


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_plain(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, (str, bool, int, float, Use))


def _values(plugin: Plugin) -> dict[str, Any]:
    return {name: getattr(plugin, name) for name in type(plugin).model_fields}


CHECKS = checks(described, parameters_are_checked, parameters_round_trip)
