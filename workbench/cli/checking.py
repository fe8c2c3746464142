"""`plugins check`: whether plugins keep their contract."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.settings import Settings, print_json
from workbench.cli.tables import console
from workbench.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    from workbench.contracts.plugin import Plugin
    from workbench.testing.check import CheckResult

_MARGIN = 10


def check(
    settings: Settings,
    target: Annotated[
        str, typer.Argument(help="A distribution, a module, a plugin file, or the name of a plugin.", metavar="TARGET")
    ],
    only: Annotated[list[str] | None, typer.Option("--check", help="Run this check only.", metavar="NAME")] = None,
) -> int:
    """Check that plugins keep their contract: they see no future, change nothing, and take odd input.

    Exit code 0 says that all passed, 1 that one failed, 2 that the target could not be loaded.
    """
    from workbench.testing.target_of_check import find_classes

    with redirect_stdout(sys.stderr):  # what plugins print must not get among the answers
        classes = find_classes(target, settings.no_plugin, settings.plugin)
    wanted = _known_checks(only, classes)
    results: list[CheckResult] = []
    for found in _checked(classes, wanted):
        results += found
        if not settings.json:
            _print_plugin(found)
    passed = all(result.passed for result in results)
    if settings.json:
        print_json({"target": target, "passed": passed, "checks": [result.to_dict() for result in results]})
    else:
        _print_count(results)
    return 0 if passed else 1


def _known_checks(only: Sequence[str] | None, classes: Sequence[type[Plugin]]) -> frozenset[str] | None:
    from workbench.testing.kinds import CHECKS

    if not only:
        return None
    known = {check.name for cls in classes for check in CHECKS[cls.kind]}
    for name in only:
        if name not in known:
            raise RequestError(
                f"no check of these plugins is called {name!r}.{did_you_mean(name, known)} "
                f"There are {', '.join(sorted(known))}."
            )
    return frozenset(only)


def _checked(classes: Sequence[type[Plugin]], wanted: frozenset[str] | None) -> Iterator[list[CheckResult]]:
    """Check one plugin after the other; of a class without any of the wanted checks there is nothing to say."""
    from workbench.testing.running import check_plugin

    for cls in classes:
        with redirect_stdout(sys.stderr):
            results = check_plugin(cls, wanted)
        if results:
            yield results


def _print_plugin(results: Sequence[CheckResult]) -> None:
    first = results[0]
    print(f"{first.plugin} ({first.kind})")
    passed = [result.check for result in results if result.passed]
    if passed:
        _print_entry("ok", ", ".join(passed))
    for result in results:
        if not result.passed:
            _print_entry("FAILED", f"{result.check}: {result.reason}", "bold red")
    for result in results:
        if result.passed and result.reason:
            _print_entry("note", f"{result.check}: {result.reason}", "dim")


def _print_entry(word: str, text: str, style: str = "") -> None:
    """Print a word in the margin and a text beside it, broken at the width of a terminal."""
    from rich.text import Text

    out = console()
    width = out.width - _MARGIN if out.is_terminal else sys.maxsize
    lines = textwrap.wrap(text, max(width, 20), break_on_hyphens=False) or [""]
    shown = f"\n{' ' * _MARGIN}".join(lines)
    entry = Text(f"  {word:<{_MARGIN - 2}}", style=style)
    entry.append(Text(shown, style="dim" if style == "dim" else ""))
    out.print(entry, soft_wrap=True)


def _print_count(results: Sequence[CheckResult]) -> None:
    failed = [result for result in results if not result.passed]
    of = f"{_counted(len(results), 'check')} of {_counted(len({(r.kind, r.plugin) for r in results}), 'plugin')}"
    culprits = ", ".join(dict.fromkeys(result.plugin for result in failed))
    print(f"\n{of}: {f'{len(failed)} failed, of {culprits}' if failed else 'all passed'}.")


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
