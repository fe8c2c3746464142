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
    "errors": "Errors and warnings",
}
"""What a public name is for, by the package that defines it."""

ALIASES = {
    "Bars": "Type of the bars of one symbol: a DataFrame, oldest first.",
    "Forecasts": "Type of a forecast frame: one row per model, symbol, seed, fold, origin and step.",
    "FloatArray": "Type of a float64 array.",
    "Float32Array": "Type of a float32 array.",
    "hookimpl": "Marks a function as the implementation of a hook.",
}
"""Names whose docstring is somebody else's."""


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
    return "\n\n".join(_function(name) for name in ("run", "windows", "use"))


def _function(name: str) -> str:
    function = _public(name)
    return f"### {name}\n\n```text\n{signature(function, name)}\n```\n\n{prose(function)}"


def workbench_members() -> str:
    """Everything a `Workbench` can be asked."""
    return _members(_public("Workbench"))


def run_members() -> str:
    """Everything a `Run` says."""
    return _members(_public("Run"))


def _members(cls: type) -> str:
    rows = [
        (code(signature(member, name) if inspect.isfunction(member) else name), first_line(member))
        for name, member in vars(cls).items()
        if not name.startswith("_")
    ]
    return table(["member", "what it gives"], rows)
