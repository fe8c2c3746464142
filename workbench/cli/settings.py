"""Options that every command takes, and the workbench they describe."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
        typer.Option(help="Load a plugin file or module too.", metavar="FILE|MODULE"),
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
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[name], annotation=annotation)
        for name, annotation in _OPTIONS.items()
    ]

    @functools.wraps(command)
    def wrapper(**values: Any) -> Any:
        chosen = {name: values.pop(name) for name in _OPTIONS}
        settings = Settings(
            chosen["store"],
            tuple(chosen["plugin"]),
            tuple(chosen["no_plugin"]),
            chosen["as_json"],
            chosen["debug"],
        )
        return command(settings, **values)

    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    wrapper.__signature__ = inspect.Signature([*keyword, *common])  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in [*keyword, *common]}
    del wrapper.__wrapped__
    return wrapper


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
