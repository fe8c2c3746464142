"""Commands of installed plugins: listed from their metadata, imported when they are invoked."""

from __future__ import annotations

import functools
import inspect
import itertools
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from workbench.cli.settings import with_bench
from workbench.errors import PluginError, RequestError, UnknownPluginError, WorkbenchError, did_you_mean

if TYPE_CHECKING:
    from workbench.registry.installed import Installed

WITH_WORKBENCH = "bench"
"""First parameter of a function that asks for a `Workbench`, made from the common options."""

_COMPLETION = {"--install-completion", "--show-completion"}


class CommandGroup(TyperGroup):
    """The built-in commands, and those that installed distributions add.

    A built-in command's name wins; the other answers to `distribution:name`, as each of them does.
    """

    _blocked: tuple[str, ...] = ()
    _invoked: Installed | None = None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Heed `--no-plugin` before any command is looked up; it stands behind everything else."""
        rest, self._blocked = _without_no_plugin(args)
        no_command = all(arg.startswith("-") for arg in rest)
        return super().parse_args(ctx, rest if no_command else args)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the built-in commands, then those of plugins."""
        return [*self.commands, *shown_names(self._added, self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a built-in command, or a stand-in that says what the metadata of a plugin's says."""
        item = self._find(cmd_name)
        return self.commands.get(cmd_name) if item is None else TyperCommand(cmd_name, short_help=_help(item))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command to invoke; import it where it is a plugin's."""
        name, *rest = args
        self._invoked = self._find(name)
        if self._invoked is not None:
            command, takes_options = load_command(self._invoked)
            return name, command, rest if takes_options else _without_no_plugin(rest)[0]
        if name not in self.commands and not name.startswith("-"):
            hint = did_you_mean(name, self.list_commands(ctx))
            raise RequestError(f"No such command {name!r}.{hint} See `workbench --help`.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Invoke a command; what a plugin's raises is told with its name, and what it returns is its own affair."""
        try:
            answer = super().invoke(ctx)
        except Exception as err:
            if self._invoked is None or _is_meant(err):
                raise
            raise PluginError(_failure(self._invoked, f"failed: {type(err).__name__}: {err}", err)) from err
        return answer if self._invoked is None or isinstance(answer, int) else None

    @functools.cached_property
    def _added(self) -> list[Installed]:
        return installed_commands(self._blocked)

    def _find(self, name: str) -> Installed | None:
        """Return the plugin command called so, if there is one; a built-in one is none.

        Raises
        ------
        UnknownPluginError
            Several are.
        """
        if name in self.commands:
            return None
        found = [item for item in self._added if name in (item.name, item.qualified_name)]
        if len(found) > 1:
            ways = " or ".join(repr(item.qualified_name) for item in found)
            raise UnknownPluginError(f"command {name!r} is offered more than once: write {ways}.")
        return found[0] if found else None


def installed_commands(blocked: Sequence[str]) -> list[Installed]:
    """Return the commands that plugins add, but those left out here or by `WORKBENCH_PLUGINS`."""
    from workbench.registry.installed import COMMANDS, installed, names_to_block, with_environment

    unwanted = names_to_block(with_environment(blocked))
    return [item for item in installed(COMMANDS) if not item.names & unwanted]


def shown_names(found: Sequence[Installed], builtin: Collection[str]) -> list[str]:
    """Return what to type for each command: its name, or `distribution:name` where that is taken."""
    count = Counter([*builtin, *(item.name for item in found)])
    return [item.name if count[item.name] == 1 else item.qualified_name for item in found]


def load_command(item: Installed) -> tuple[Any, bool]:
    """Import a plugin's command; return it, and whether it takes the common options.

    Raises
    ------
    PluginError
        It cannot be imported, or is no command.
    """
    from workbench.registry.guard import Fault, guarded

    try:
        return guarded(lambda: _built(item), f"import of {item.point.value} for command {item}")
    except Fault as fault:
        raise PluginError(_failure(item, f"cannot be used: {fault.sentence('import')}", fault.error)) from fault.error


def _built(item: Installed) -> tuple[Any, bool]:
    from workbench.registry.contract import check_contract

    thing = item.point.load()
    check_contract(sys.modules[item.point.module])
    if not isinstance(thing, typer.Typer) and not inspect.isfunction(thing):
        raise PluginError(
            f"{item.point.value} is {thing!r}; expected a `typer.Typer` or a function with typed parameters."
        )
    with_workbench = (
        not isinstance(thing, typer.Typer) and next(iter(inspect.signature(thing).parameters), "") == WITH_WORKBENCH
    )
    if inspect.isfunction(thing):
        app = typer.Typer(rich_markup_mode=None)
        app.command(item.name)(with_bench(thing) if with_workbench else thing)
        thing = app
    command = typer.main.get_command(thing)
    command.params = [parameter for parameter in command.params if not _COMPLETION & set(parameter.opts)]
    return command, with_workbench


def _is_meant(error: Exception) -> bool:
    """Whether an error is one that the command line knows what to do with."""
    known = (WorkbenchError, typer.Exit, typer.Abort, BrokenPipeError)
    return isinstance(error, known) or hasattr(error, "format_message")


def _failure(item: Installed, what: str, error: BaseException) -> str:
    from workbench.registry.advice import advice
    from workbench.registry.records import PluginModule

    module = PluginModule(item.name, item.distribution, item.version, item.point.value)
    return f"command {item.name!r} of {item.distribution} {item.version} {what}. {advice(module, error)}"


def _help(item: Installed) -> str:
    return f"{item.summary or 'No summary'} ({item.distribution} {item.version})"


def _without_no_plugin(args: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return arguments without `--no-plugin`, and the names that it was given."""
    names: list[str] = []
    rest = list(_pick(iter(args), names))
    return rest, tuple(names)


def _pick(args: Iterator[str], names: list[str]) -> Iterator[str]:
    for arg in args:
        if arg == "--":
            yield arg
            yield from args
        elif arg == "--no-plugin":
            names.extend(itertools.islice(args, 1))
        elif arg.startswith("--no-plugin="):
            names.append(arg.partition("=")[2])
        else:
            yield arg
