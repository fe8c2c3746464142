"""What plugins implement and are given is written down; a change of it needs another version of the contract.

`python tests/core/test_contract.py --update` renews the snapshot.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import workbench
from workbench import CONTRACT_VERSION, PluginError, UnknownPluginError
from workbench.contracts import forecaster, hooks
from workbench.contracts.plugin import Plugin
from workbench.registry.contract import check_contract
from workbench.registry.registry import Registry
from workbench.sklearn import SklearnForecaster
from workbench.torch import TorchForecaster

SNAPSHOT = Path(__file__).with_name("contract.json")
COMMAND = "python tests/core/test_contract.py --update"
OPERATORS = ("__call__", "__getitem__", "__iter__", "__len__")
BESIDE_THE_PUBLIC_NAMES = (Plugin, TorchForecaster, SklearnForecaster, forecaster.Report, forecaster.Executor)


# Writing the contract down


def described_contract() -> dict[str, str]:
    """Every hook, and every public member of every class that plugins implement or are given, in words."""
    found: dict[str, str] = {}
    for name, hook in sorted(vars(hooks).items()):
        if name.startswith("workbench_"):
            found |= described_hook(name, hook)
    for cls in contract_classes():
        found |= described_class(cls)
    return found


def contract_classes() -> list[type]:
    public = [getattr(workbench, name) for name in workbench.__all__]
    given = [c for c in public if inspect.isclass(c) and is_given(c)]
    return sorted({*given, *BESIDE_THE_PUBLIC_NAMES}, key=lambda cls: cls.__name__)


def is_given(cls: type) -> bool:
    return cls.__module__.startswith(("workbench.contracts.", "workbench.errors")) or cls is workbench.Run


def described_hook(name: str, hook: Any) -> dict[str, str]:
    """A hook argument by argument: plugins may take fewer, so another one is an addition."""
    known = inspect.signature(hook)
    arguments = {f"hook {name}, argument {p.name}": str(p.annotation) for p in known.parameters.values()}
    return {f"hook {name}": f"returns {known.return_annotation}", **arguments}


def described_class(cls: type) -> dict[str, str]:
    bases = ", ".join(base.__name__ for base in cls.__bases__)
    found = {f"class {cls.__name__}": f"is a {bases}"}
    for name, member in {**annotated(cls), **vars(cls)}.items():
        if (not name.startswith("_") or name in OPERATORS) and (text := described_member(cls, name, member)):
            found[f"{cls.__name__}.{name}"] = text
    return found


def annotated(cls: type) -> dict[str, Any]:
    return dict.fromkeys(inspect.get_annotations(cls))


def described_member(cls: type, name: str, member: Any) -> str | None:
    abstract = "abstract " if name in getattr(cls, "__abstractmethods__", ()) else ""
    if isinstance(member, (classmethod, staticmethod)):
        return f"{abstract}{type(member).__name__} {inspect.signature(member.__func__)}"
    if inspect.isfunction(member):
        return f"{abstract}method {inspect.signature(member)}"
    if isinstance(member, (property, functools.cached_property)):
        getter = member.fget if isinstance(member, property) else member.func
        return f"{abstract}property {inspect.signature(getter).return_annotation}"
    annotation = inspect.get_annotations(cls).get(name)
    return None if annotation is None else f"{annotation}{default_of(cls, name)}"


def default_of(cls: type, name: str) -> str:
    """The default of a field or class variable, and nothing where there is none."""
    fields = {f.name: f for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}
    if name in fields:
        default = fields[name].default
        return "" if default is dataclasses.MISSING else f" = {plain(default)}"
    if name in getattr(cls, "model_fields", {}):
        field = cls.model_fields[name]
        return " (required)" if field.is_required() else f" = {plain(field.get_default(call_default_factory=True))}"
    return f" = {plain(vars(cls)[name])}" if name in vars(cls) else ""


def plain(value: Any) -> str:
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(repr, value))) + "}"
    return value.__name__ if inspect.isfunction(value) or inspect.isclass(value) else repr(value)


# Comparing it


def differences(before: dict[str, str], now: dict[str, str]) -> list[tuple[str, str]]:
    """What differs, each with the part of the version that has to rise."""
    found = [
        ("minor" if not now[key].startswith("abstract") else "major", f"added: {key}: {now[key]}")
        for key in sorted(now.keys() - before.keys())
    ]
    found += [("major", f"removed: {key}: {before[key]}") for key in sorted(before.keys() - now.keys())]
    changed = sorted(key for key in before.keys() & now.keys() if before[key] != now[key])
    return found + [("major", f"changed: {key}: {before[key]}  ->  {now[key]}") for key in changed]


def complaint(before: dict[str, Any], version: str, now: dict[str, str]) -> str | None:
    """Say what differs from the snapshot and what to do about it."""
    found = differences(before["members"], now)
    if not found and before["contract"] == version:
        return None
    needed = "major" if any(part == "major" for part, _ in found) else "minor"
    lines = "\n".join(f"  {text}" for _, text in found) or "  nothing but the version"
    return (
        f"the contract with plugins differs from the one of {before['contract']} in {SNAPSHOT.name}:\n{lines}\n"
        f"Raise the {needed} part of CONTRACT_VERSION in workbench/contracts/hooks.py (it is {version}) if "
        f"{before['contract']} has been released, and renew the snapshot: `{COMMAND}`."
    )


def test_the_contract_is_the_one_that_was_written_down():
    before = json.loads(SNAPSHOT.read_text(encoding="utf-8"))

    said = complaint(before, CONTRACT_VERSION, described_contract())

    assert said is None, said


def test_the_snapshot_covers_hooks_base_classes_and_what_plugins_are_given():
    members = described_contract()

    assert members["hook workbench_fold_finished, argument fold"] == "int"
    assert members["Forecaster.fit"].startswith("abstract method (self, train: 'Windows', validation: 'Windows | None'")
    assert members["Plugin.example"] == "classmethod (cls, folder: 'Path') -> 'Self'"
    assert members["Costs.spread"] == "Annotated[float, Field(ge=0, lt=1)] = 0.0"
    assert members["BacktestEngine.cash"] == "float = 100000.0"
    assert members["Windows.n_features"] == "property int"
    assert members["class WorkbenchError"] == "is a Exception"
    assert "Run.forecasts" in members


BEFORE = {"contract": "1.0", "members": {"hook a": "returns None", "A.b": "method (self)"}}


@pytest.mark.parametrize(
    ("version", "now", "words"),
    [
        ("1.0", {"hook a": "returns None", "A.b": "method (self)", "A.c": "int = 1"}, ["added: A.c", "minor part"]),
        ("1.0", {"hook a": "returns None", "A.b": "method (self)", "A.c": "abstract method ()"}, ["major part"]),
        ("1.0", {"hook a": "returns None"}, ["removed: A.b: method (self)", "major part"]),
        ("1.0", {"hook a": "returns int", "A.b": "method (self)"}, ["changed: hook a: returns None  ->  returns int"]),
        ("2.0", BEFORE["members"], ["nothing but the version", COMMAND]),
    ],
)
def test_a_change_is_said_exactly_with_the_version_it_needs(version, now, words):
    said = complaint(BEFORE, version, now)

    assert all(word in said for word in words), said


def test_nothing_is_said_where_nothing_changed():
    assert complaint(BEFORE, "1.0", BEFORE["members"]) is None


# What a plugin states


def module_stating(stated):
    return type("Module", (), {"WORKBENCH_CONTRACT": stated})


@pytest.mark.parametrize("stated", [">=1.0,<2", "==1.0", "~=1.0", ">=0.5", ""])
def test_a_range_that_holds_the_contract_is_kept(stated):
    assert check_contract(module_stating(stated)) == stated


def test_a_module_need_not_state_anything():
    assert check_contract(type("Module", (), {})) is None


@pytest.mark.parametrize("stated", [">=2", "<1.0", "==3.1"])
def test_another_contract_is_refused_with_both_versions_and_what_to_do(stated):
    with pytest.raises(PluginError, match=rf"made for contract {stated}, but .* keeps contract 1\.0\. Install"):
        check_contract(module_stating(stated))


@pytest.mark.parametrize("stated", ["1.0", "one", 1.0, [">=1"], (1, 0)])
def test_a_malformed_range_is_refused_with_an_example(stated):
    with pytest.raises(PluginError, match=r'`WORKBENCH_CONTRACT` is .*; expected a range of versions, such as ">=1'):
        check_contract(module_stating(stated))


MADE_FOR = '''
from workbench import Feature

WORKBENCH_CONTRACT = "{stated}"

class Mean(Feature, name="made_for"):
    """Mean."""

    def compute(self, bars):
        return bars["close"]
'''


def test_an_installed_plugin_made_for_another_contract_is_named_and_not_offered(make_distribution):
    make_distribution("workbench-ahead", MADE_FOR.format(stated=">=7"), version="7.1")

    registry = Registry()

    (module,) = [m for m in registry.modules if m.name == "ahead"]
    assert (module.status, str(module)) == ("failed", "ahead (workbench-ahead 7.1)")
    assert "made for contract >=7, but this Workbench keeps contract 1.0" in module.reason
    assert "pip install --upgrade workbench-ahead" in module.explanation
    with pytest.raises(UnknownPluginError, match="ahead"):
        registry.find("feature", "made_for")


def test_an_installed_plugin_made_for_this_contract_is_offered(make_distribution):
    make_distribution("workbench-apt", MADE_FOR.format(stated=">=1.0,<2"))

    module = Registry().find("feature", "made_for").module

    assert (module.status, module.contract) == ("active", ">=1.0,<2")


def update() -> None:
    """Write the snapshot anew."""
    document = {"contract": CONTRACT_VERSION, "members": described_contract()}
    SNAPSHOT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__" and sys.argv[1:] == ["--update"]:
    update()
