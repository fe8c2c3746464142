"""The command line: commands, options, exit codes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from blocks.markdown import code, first_line, table

HEADER = ["", "meaning", "default"]


def paths() -> list[tuple[str, Any]]:
    """Return every command with its path, such as `workbench runs rm`."""
    import typer

    from workbench.cli.app import build_app

    return list(_walk("workbench", typer.main.get_command(build_app())))


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk(f"{path} {name}", inner)


def every_command() -> str:
    """Every command with its arguments and options; the common options are listed once, elsewhere."""
    return "\n\n".join(_command(path, command) for path, command in paths()[1:] if _does_something(command))


def _does_something(command: Any) -> bool:
    """Whether it acts by itself, rather than only holding other commands."""
    return not getattr(command, "commands", None) or getattr(command, "invoke_without_command", False)


def _command(path: str, command: Any) -> str:
    own = [p for p in command.params if not _is_common(p)]
    usage = " ".join([path, *(_usage(p) for p in own)])
    text = f"### {path}\n\n{command.help}\n\n```text\n{usage}\n```"
    return f"{text}\n\n{table(HEADER, map(_row, own))}" if own else text


def _is_common(parameter: Any) -> bool:
    from workbench.cli.settings import FLAGS, VALUED

    return bool({*FLAGS, *VALUED} & set(parameter.opts))


def _usage(parameter: Any) -> str:
    if not parameter.opts[0].startswith("-"):
        return _metavar(parameter) if parameter.required else f"[{_metavar(parameter)}]"
    text = f"{parameter.opts[0]} {_metavar(parameter)}".strip()
    return text if parameter.required else f"[{text}]" + ("..." if parameter.multiple else "")


def _metavar(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    return str(parameter.metavar or ("N" if parameter.min is not None else parameter.name.upper()))


def _row(parameter: Any) -> tuple[str, str, str]:
    names = [name if name.startswith("-") else _metavar(parameter) for name in parameter.opts]
    default = parameter.default
    shown = "" if default in (None, []) or isinstance(default, bool) else str(default)
    choices = get_args(parameter.type_descriptor.annotation) if _is_choice(parameter) else ()
    words = [parameter.help or "", f"One of {', '.join(map(code, choices))}." if choices else ""]
    return (
        ", ".join(map(code, names)),
        " ".join(filter(None, words)),
        "required" if _is_needed(parameter) else code(shown),
    )


def _is_choice(parameter: Any) -> bool:
    return get_origin(parameter.type_descriptor.annotation) is Literal


def _is_needed(parameter: Any) -> bool:
    return bool(parameter.required and parameter.opts[0].startswith("-"))


def common_options() -> str:
    """The options that every command takes."""
    return table(HEADER, [_row(p) for p in dict(paths())["workbench run"].params if _is_common(p)])


def errors() -> str:
    """Every error class, what it means, and the exit code it becomes."""
    from workbench import errors as module

    classes = [c for c in vars(module).values() if inspect.isclass(c) and c.__module__ == module.__name__]
    rows = [(code(c.__name__), code(c.__bases__[0].__name__), _exit_code(c), first_line(c)) for c in classes]
    return table(["class", "is a", "exit code", "meaning"], rows)


def _exit_code(cls: type) -> str:
    from workbench.cli.main import EXIT_NO, EXIT_WRONG_REQUEST
    from workbench.errors import RequestError, WorkbenchError

    if not issubclass(cls, WorkbenchError):
        return ""
    return str(EXIT_WRONG_REQUEST if issubclass(cls, RequestError) else EXIT_NO)
