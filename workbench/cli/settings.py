"""Options that every command takes, and the workbench they describe."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from workbench.errors import PluginError

if TYPE_CHECKING:
    from workbench.registry.registry import Registry
    from workbench.runs.bench import Workbench

VALUED = frozenset({"--store", "--plugin", "--no-plugin"})
FLAGS = frozenset({"--json", "--debug"})


@dataclass(frozen=True)
class Settings:
    """What the common options said."""

    store: Path
    plugin: tuple[str, ...]
    no_plugin: tuple[str, ...]
    json: bool
    debug: bool

    def bench(self) -> Workbench:
        """Open the workbench on the chosen store."""
        from workbench.runs.bench import Workbench

        return Workbench(self.store, plugins=self.plugin, blocked=self.no_plugin)

    def registry(self) -> Registry:
        """Find the plugins, without touching any store."""
        from workbench.registry.registry import default_registry

        return default_registry(self.no_plugin, self.plugin)


_OPTIONS: dict[str, Any] = {
    "store": Annotated[Path, typer.Option(help="The DuckDB store.")],
    "plugin": Annotated[
        list[str],
        typer.Option(help="Load a plugin file, folder or module too.", metavar="FILE|MODULE"),
    ],
    "no_plugin": Annotated[
        list[str],
        typer.Option(help="Do not load an installed plugin.", metavar="NAME"),
    ],
    "as_json": Annotated[bool, typer.Option("--json", help="Print JSON.")],
    "debug": Annotated[bool, typer.Option("--debug", help="Show tracebacks and warnings.")],
}
_DEFAULTS: dict[str, Any] = {
    "store": Path("workbench.duckdb"),
    "plugin": [],
    "no_plugin": [],
    "as_json": False,
    "debug": False,
}


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options; it receives them as its first argument, a `Settings`."""
    return _with_options(command, list(_OPTIONS), lambda settings: settings)


def with_bench(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a plugin's command the common options but `--json`; its first argument is the `Workbench` they describe.

    Raises
    ------
    PluginError
        A parameter of its own has the name of such an option.
    """
    names = [name for name in _OPTIONS if name != "as_json"]  # how it prints is up to the command
    taken = set(names) & set(inspect.signature(command).parameters)
    if taken:
        raise PluginError(f"its parameter `{min(taken)}` has the name of an option of every command; rename it.")
    return _with_options(command, names, Settings.bench)


def _with_options(
    command: Callable[..., Any], names: list[str], first: Callable[[Settings], Any]
) -> Callable[..., Any]:
    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in _own_parameters(command)]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[name], annotation=_OPTIONS[name])
        for name in names
    ]

    @functools.wraps(command)
    def wrapper(**values: Any) -> Any:
        chosen = {**_DEFAULTS, **{name: values.pop(name) for name in names}}
        settings = Settings(
            chosen["store"],
            tuple(chosen["plugin"]),
            tuple(chosen["no_plugin"]),
            chosen["as_json"],
            chosen["debug"],
        )
        return command(first(settings), **values)

    wrapper.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in [*own, *common]}
    del wrapper.__wrapped__
    return wrapper


def _own_parameters(command: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters behind the first, whose annotation need not be there when a command runs."""
    own = list(inspect.signature(command).parameters.values())[1:]
    texts = SimpleNamespace(__annotations__={p.name: p.annotation for p in own if p.annotation is not p.empty})
    types = get_type_hints(texts, globalns=inspect.unwrap(command).__globals__, include_extras=True)
    return [p.replace(annotation=types.get(p.name, p.annotation)) for p in own]


def print_json(document: Any) -> None:
    """Print one JSON document on one line; moments as ISO text, undefined numbers as null."""
    print(json.dumps(_plain(document), allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if hasattr(value, "item"):  # a numpy scalar
        return _plain(value.item())
    if hasattr(value, "isoformat"):
        return None if str(value) == "NaT" else value.isoformat()
    return None if str(value) in ("<NA>", "NaT") else str(value)
