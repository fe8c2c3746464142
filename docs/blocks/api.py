"""The Python API: public names, functions, and the members of its two main classes."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from blocks.markdown import code, first_line, prose, signature, table

GROUPS = {
    "runs": "Asking and reading",
    "plan": "Experiments",
    "contracts": "Types and base classes of plugins",
    "evaluation": "Trading arithmetic",
    "data": "Markets",
    "errors": "Errors and warnings",
}
"""What a public name is for, by the package that defines it."""

ALIASES = {
    "CONTRACT_VERSION": "Version of what plugins implement and are given: "
    "see [the contract](../plugins/package.md#the-contract).",
    "Bars": "Type of the bars of one symbol: a DataFrame, oldest first.",
    "Forecasts": "Type of a forecast frame: one row per model, symbol, seed, fold, origin and step.",
    "FloatArray": "Type of a float64 array.",
    "Float32Array": "Type of a float32 array.",
    "hookimpl": "Marks a function as the implementation of a hook.",
}
"""Names whose docstring is somebody else's."""

CALLED = (
    "run",
    "windows",
    "use",
    "describe_plugin",
    "remake_plugin",
    "size_order",
    "backtest_statistics",
    "infer_interval",
    "calendar",
    "find_calendar",
    "with_repairs",
    "load_model",
)
"""Functions that are shown with all they say."""

OTHERS = {"CHECKS": "Every check, by kind of plugin; see [Checks](checks.md)."}
"""Names of the other packages that have no docstring."""


def names() -> str:
    """Every public name of `workbench`, by what it is for."""
    import workbench

    by_group: dict[str, list[str]] = {title: [] for title in GROUPS.values()}
    for name, where in workbench._WHERE.items():
        by_group[GROUPS[where.partition(".")[0]]].append(name)
    return "\n\n".join(_group(title, members) for title, members in by_group.items())


def _group(title: str, members: list[str]) -> str:
    rows = [(code(name), ALIASES.get(name) or first_line(_public(name))) for name in members]
    return f"### {title}\n\n{table(['name', 'what it is'], rows)}"


def _public(name: str) -> Any:
    """Return a public name from the module that defines it."""
    import workbench

    return getattr(importlib.import_module(f"workbench.{workbench._WHERE[name]}"), name)


def functions() -> str:
    """The functions people call, with signature and parameters."""
    return "\n\n".join(_function(_public(name), name) for name in CALLED)


def _function(function: Any, name: str, level: str = "###") -> str:
    return f"{level} {name}\n\n```text\n{signature(function, name)}\n```\n\n{prose(function)}"


def public_packages() -> str:
    """What the packages beside `workbench` itself offer."""
    return "\n\n".join(map(_package, ("workbench.testing", "workbench.torch", "workbench.sklearn")))


def _package(name: str) -> str:
    package = importlib.import_module(name)
    offered = {public: getattr(package, public) for public in package.__all__}
    rows = [(code(public), OTHERS.get(public) or first_line(thing)) for public, thing in offered.items()]
    called = [_function(thing, public, "####") for public, thing in offered.items() if inspect.isfunction(thing)]
    return "\n\n".join([f"### {name}", table(["name", "what it is"], rows), *called])


def workbench_members() -> str:
    """Everything a `Workbench` can be asked."""
    return _members(_public("Workbench"))


def run_members() -> str:
    """Everything a `Run` says."""
    return _members(_public("Run"))


def search_members() -> str:
    """Everything a `Search` says."""
    return _members(_public("Search"))


def trained_model_members() -> str:
    """Everything a `TrainedModel` can be asked."""
    return _members(_public("TrainedModel"))


def _members(cls: type) -> str:
    """List what a class offers, its base's first."""
    members = {name: member for base in reversed(cls.__mro__[:-1]) for name, member in vars(base).items()}
    rows = [
        (code(signature(member, name) if inspect.isfunction(member) else name), first_line(member))
        for name, member in members.items()
        if not name.startswith("_")
    ]
    return table(["member", "what it gives"], rows)
