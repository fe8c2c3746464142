"""Run the conformance kit over everything that comes with Workbench, and write down what it said.

`python docs/conformance.py` takes some minutes, in two processes, and writes `reference/conformance.md`. Run it after a
change of plugins or of checks; a slow test fails when the page is out of date.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from blocks.markdown import code, table

from workbench.contracts.origin import OWN_DISTRIBUTION
from workbench.registry.manager import HOOK_OF_KIND
from workbench.registry.registry import Registry
from workbench.testing import CheckResult, check_plugin

PAGE = Path(__file__).parent / "reference" / "conformance.md"
N_PROCESSES = 2
_HURRIED = "because it is slow"
"""Said where a check looked at some moments instead of all: that depends on the machine, not on the plugin."""

_INTRODUCTION = """\
# Conformance of the built-in plugins

What `workbench plugins check trading-workbench` says of every plugin that comes with Workbench. Written by
`python docs/conformance.py`; do not edit it. [Checks](checks.md) explains each check.

{summary}

"""
_REFUSED = """
## Refused by name

Of the library `ta`, what looks ahead is not offered. Asking for it is an error that says why.

{table}
"""


@cache
def _registry() -> Registry:
    return Registry()


def plugins() -> list[tuple[str, str]]:
    """Return kind and name of every plugin of the distribution."""
    return [
        (kind, offer.name)
        for kind in HOOK_OF_KIND
        for offer in _registry().offers(kind)
        if offer.module.distribution == OWN_DISTRIBUTION
    ]


def examine(plugin: tuple[str, str]) -> list[CheckResult]:
    """Run every check of one plugin."""
    kind, name = plugin
    return check_plugin(_registry().find(kind, f"{OWN_DISTRIBUTION}:{name}").cls)


def examine_all() -> Iterator[list[CheckResult]]:
    """Examine one plugin after the other, and say on standard error how it goes."""
    wanted = plugins()
    started = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(N_PROCESSES, mp_context=context) as executor:
        for number, results in enumerate(executor.map(examine, wanted), 1):
            n_failed = sum(not result.passed for result in results)
            seconds = time.perf_counter() - started
            print(f"{number}/{len(wanted)} {results[0].plugin}: {n_failed} failed ({seconds:.0f} s)", file=sys.stderr)
            yield results


def page() -> str:
    """Examine everything, and return the text of the page."""
    found = list(examine_all())
    made = [results for results in found if results[0].check != "can_be_made"]
    refused = [results[0] for results in found if results[0].check == "can_be_made"]
    n_checks = sum(map(len, made))
    n_failed = sum(not result.passed for results in made for result in results)
    summary = (
        f"{_counted(len(made))}, {n_checks} checks, {n_failed or 'none'} failed; {_counted(len(refused))} refused."
    )
    rows = [_row(results) for results in made]
    return (
        _INTRODUCTION.format(summary=summary)
        + table(["plugin", "kind", "passed", "remarks"], rows)
        + "\n"
        + _REFUSED.format(table=table(["what", "why"], [*_refused(refused), *_refused_options()]))
    )


def _counted(n: int) -> str:
    return f"{n} plugin{'' if n == 1 else 's'}"


def _row(results: list[CheckResult]) -> list[str]:
    n_passed = sum(result.passed for result in results)
    return [code(results[0].plugin), results[0].kind, f"{n_passed} of {len(results)}", " ".join(_remarks(results))]


def _remarks(results: list[CheckResult]) -> Iterator[str]:
    for result in results:
        parts = [part for part in (result.reason or "").split("; ") if part and not _is_of_the_machine(result, part)]
        if parts:
            text = "; ".join(parts).rstrip(".")
            yield f"{'' if result.passed else '**Failed** '}{code(result.check)}: {text}."


def _is_of_the_machine(result: CheckResult, remark: str) -> bool:
    """Whether a remark depends on the speed of this machine: a forecaster is tried with what time allows."""
    return _HURRIED in remark or (result.kind == "forecaster" and remark.startswith(("also with ", "not with ")))


def _refused(results: list[CheckResult]) -> Iterator[list[str]]:
    for result in results:
        yield [code(result.plugin), (result.reason or "").partition("is refused: ")[2] or str(result.reason)]


def _refused_options() -> Iterator[list[str]]:
    from workbench_features.ta._indicator import REFUSED

    for option, reason in REFUSED.items():
        yield [f"{code(option)}, of any indicator", f"{reason[0].upper()}{reason[1:]}."]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
