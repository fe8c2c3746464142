"""`plugins check`: whether plugins keep their contract."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.settings import Settings, print_json
from workbench.cli.tables import console
from workbench.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    from workbench.testing.check import CheckResult
    from workbench.testing.target_of_check import Subject

_MARGIN = 10


def check(
    settings: Settings,
    target: Annotated[
        str,
        typer.Argument(
            help="A distribution, a module, a plugin file, the name of a plugin, or an experiment.", metavar="TARGET"
        ),
    ],
    only: Annotated[list[str] | None, typer.Option("--check", help="Run this check only.", metavar="NAME")] = None,
    chosen: Annotated[
        list[str] | None,
        typer.Option("--set", help="Set a parameter of every plugin that has it.", metavar="NAME=VALUE"),
    ] = None,
) -> int:
    """Check that plugins keep their contract: they see no future, change nothing, and take odd input.

    Of an experiment (`FILE.toml`), every plugin is checked as it is set there. Parameters that are yes or no, or a
    choice of some, are tried with their other values too where a leak could hide behind them.
    Exit code 0 says that all passed, 1 that one failed, 2 that the target could not be loaded.
    """
    from workbench.testing.target_of_check import find_subjects

    with redirect_stdout(sys.stderr):  # what plugins print must not get among the answers
        subjects = find_subjects(target, settings.no_plugin, settings.plugin)
    wanted = _known_checks(only, subjects)
    params = _parameters(chosen or [], subjects)
    results: list[CheckResult] = []
    for subject, found in _checked(subjects, wanted, params):
        results += found
        if not settings.json:
            _print_plugin(subject.title, found)
    passed = all(result.passed for result in results)
    if settings.json:
        print_json({"target": target, "passed": passed, "checks": [result.to_dict() for result in results]})
    else:
        _print_count(results)
    return 0 if passed else 1


def _known_checks(only: Sequence[str] | None, subjects: Sequence[Subject]) -> frozenset[str] | None:
    from workbench.testing.kinds import CHECKS

    if not only:
        return None
    known = {check.name for subject in subjects for check in CHECKS[subject.plugin.kind]}
    for name in only:
        if name not in known:
            raise RequestError(
                f"no check of these plugins is called {name!r}.{did_you_mean(name, known)} "
                f"There are {', '.join(sorted(known))}."
            )
    return frozenset(only)


def _parameters(settings: list[str], subjects: Sequence[Subject]) -> dict[str, Any]:
    """Read `NAME=VALUE` texts; refuse a name that no plugin has."""
    from workbench.plan.toml import apply_settings

    known = {name for subject in subjects for name in subject.cls.model_fields}
    for setting in settings:
        name = setting.partition("=")[0].strip()
        if "=" in setting and name not in known:
            there = f"There are {', '.join(sorted(known))}." if known else "They take none."
            raise RequestError(f"none of these plugins has a parameter {name!r}.{did_you_mean(name, known)} {there}")
    return apply_settings({}, settings)


def _checked(
    subjects: Sequence[Subject], wanted: frozenset[str] | None, params: Mapping[str, Any]
) -> Iterator[tuple[Subject, list[CheckResult]]]:
    """Check one plugin after the other; of a class without any of the wanted checks there is nothing to say."""
    from workbench.testing.running import check_plugin

    for subject in subjects:
        own = {name: value for name, value in params.items() if name in subject.cls.model_fields}
        with redirect_stdout(sys.stderr):
            results = check_plugin(subject.plugin, wanted, params=own)
        if results:
            yield subject, results


def _print_plugin(title: str, results: Sequence[CheckResult]) -> None:
    print(title)
    passed = [result.check for result in results if result.passed]
    if passed:
        _print_entry("ok", ", ".join(passed))
    failed: dict[str | None, list[str]] = {}
    for result in results:
        if not result.passed:
            failed.setdefault(result.reason, []).append(result.check)
    for reason, (first, *others) in failed.items():
        _print_entry("FAILED", f"{first}: {reason}", "bold red")
        if others:
            _print_entry("", f"for the same reason: {', '.join(others)}")
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
