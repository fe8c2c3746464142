"""Base classes and dataclasses: class variables, parameters, and methods with exact signatures."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from typing import Any

from blocks.api import run_members
from blocks.markdown import code, prose, signature, table
from blocks.plugins import default
from workbench.cli.parameters import bounds, type_name

GROUPS: dict[str, tuple[str, ...]] = {
    "Every plugin": ("contracts.plugin:Plugin",),
    "Sources": (
        "contracts.source:DataSource",
        "contracts.repair:Repair",
    ),
    "Features": ("contracts.feature:Feature", "contracts.feature:PanelFeature", "contracts.panel:Panel"),
    "Targets": ("contracts.target:Target",),
    "Forecasters": (
        "contracts.forecaster:Forecaster",
        "contracts.forecaster:FittedForecaster",
        "contracts.windows:Windows",
        "contracts.prediction:Prediction",
        "contracts.forecaster:FitContext",
        "contracts.forecaster:Report",
        "contracts.forecaster:FitJob",
        "contracts.forecaster:FitFailure",
        "contracts.forecaster:Executor",
        "torch:TorchForecaster",
        "sklearn:SklearnForecaster",
    ),
    "Strategies": ("contracts.strategy:Strategy",),
    "Engines": tuple(f"contracts.backtest:{n}" for n in "BacktestEngine Backtest BacktestContext Order Costs".split()),
    "Metrics": ("contracts.metric:Metric", "contracts.metric:MetricContext"),
    "Report sections": ("contracts.section:ReportSection",),
}
"""Every class that an author subclasses, makes or is handed, by the kind of plugin it belongs to."""


def base_classes() -> str:
    """Every class of `GROUPS`; then what a run says, to sections and listeners."""
    groups = [f"## {title}\n\n" + "\n\n".join(map(_class, map(found, names))) for title, names in GROUPS.items()]
    run = "What report sections and listeners are given. During a run, listeners see what was committed so far."
    return "\n\n".join([*groups, f"## Runs\n\n### Run\n\n{run}\n\n{run_members()}"])


def found(reference: str) -> type:
    """Return the class that `module:Class`, inside `workbench`, names."""
    module, _, name = reference.partition(":")
    cls: type = getattr(import_module(f"workbench.{module}"), name)
    return cls


def _class(cls: type) -> str:
    body = _Body(cls)
    parts = [f"### {cls.__name__}", _heading(cls), prose(cls), _variables(cls, body), _fields(cls)]
    return "\n\n".join(part for part in [*parts, *_members(cls)] if part)


def _heading(cls: type) -> str:
    """Show how the class is made, or what it is based on."""
    if dataclasses.is_dataclass(cls):
        return f"```text\n{signature(cls, cls.__name__).removesuffix(' -> None')}\n```"
    return f"```text\nclass {cls.__name__}({', '.join(base.__name__ for base in cls.__bases__)})\n```"


class _Body:
    """The source text of a class: annotations as they are written, and the texts below them."""

    def __init__(self, cls: type) -> None:
        self._cls = cls

    @cached_property
    def _statements(self) -> list[ast.stmt]:
        tree = ast.parse(textwrap.dedent(inspect.getsource(self._cls))).body[0]
        return tree.body if isinstance(tree, ast.ClassDef) else []

    def variables(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, type and text of every class variable."""
        for statement, after in zip(self._statements, [*self._statements[1:], None], strict=True):
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                written = ast.unparse(statement.annotation)
                if written.startswith("ClassVar["):
                    yield statement.target.id, written[len("ClassVar[") : -1], _text(after)


def _text(statement: ast.stmt | None) -> str:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return str(statement.value.value) if is_text else ""  # type: ignore[union-attr]


def _variables(cls: type, body: _Body) -> str:
    rows = [(code(n), code(kind), code(_shown(getattr(cls, n))), text) for n, kind, text in body.variables()]
    return table(["class variable", "type", "default", "meaning"], rows) if rows else ""


def _shown(value: Any) -> str:
    return "{" + ", ".join(map(repr, sorted(value))) + "}" if isinstance(value, frozenset) else repr(value)


def _fields(cls: Any) -> str:
    own = inspect.get_annotations(cls)
    rows = [
        (code(name), ", ".join([type_name(field.annotation), *bounds(field)]), default(field), field.description or "")
        for name, field in getattr(cls, "model_fields", {}).items()
        if name in own
    ]
    return table(["parameter", "type", "default", "meaning"], rows) if rows else ""


def _members(cls: type) -> Iterator[str]:
    required = getattr(cls, "__abstractmethods__", frozenset())
    for name, member in vars(cls).items():
        shown = _member(cls, name, member)
        if shown and (not name.startswith("_") or name == "__call__") and inspect.getdoc(member):
            notes = [" *required*"] * (name in required) + [" *property*"] * isinstance(member, property)
            yield f"**{code(shown)}**{''.join(notes)}\n\n{prose(member)}"


def _member(cls: type, name: str, member: Any) -> str:
    """Return a method with its signature, or a property with its type."""
    if isinstance(member, property):
        return f"{name} -> {inspect.signature(member.fget).return_annotation}" if member.fget else ""
    if isinstance(member, classmethod):
        return f"classmethod {signature(getattr(cls, name), name)}"
    return signature(member, name) if inspect.isfunction(member) else ""
