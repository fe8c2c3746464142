"""Examining a plugin: an example of it is made, and every check of its kind is run."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.contracts.plugin import Plugin
from workbench.errors import WorkbenchError
from workbench.registry.guard import OutOfTime, time_limit
from workbench.testing.check import Case, Check, CheckFailure, CheckResult
from workbench.testing.example import ExampleError, make_example
from workbench.testing.kinds import CHECKS

CHECK_SECONDS = 300.0
"""Time that one check may take. The slowest of ours take 20 s, and machines may be busy with other things."""
_UNFINISHED = "it did not finish"


def check_plugin(plugin: Plugin | type[Plugin], only: Iterable[str] | None = None) -> list[CheckResult]:
    """Run the checks of a plugin's kind.

    Parameters
    ----------
    plugin : Plugin or Plugin subclass
        Of a class, `example` is examined.
    only : iterable of str, optional
        Names of the checks to run; all by default.

    Returns
    -------
    list of CheckResult
        One per check, in the order of `CHECKS`; the single check `can_be_made` where no example can be made.
    """
    wanted = None if only is None else set(only)
    with example_of(plugin) as found:
        if isinstance(found, CheckResult):
            return [found]
        chosen = [check for check in CHECKS[found.kind] if wanted is None or check.name in wanted]
        return list(_run(chosen, found))


def _run(chosen: Iterable[Check], plugin: Plugin) -> Iterator[CheckResult]:
    """Run checks until one does not come to an end: the others would not either."""
    hung: str | None = None
    for check in chosen:
        if hung is None:
            result = run_check(check, plugin)
            hung = check.name if (result.reason or "").startswith(_UNFINISHED) else None
            yield result
        else:
            yield CheckResult(
                str(type(plugin).name), plugin.kind, check.name, False, f"not tried, because `{hung}` did not finish."
            )


@contextmanager
def example_of(plugin: Plugin | type[Plugin]) -> Iterator[Plugin | CheckResult]:
    """Give an example of a class, which may need its folder for as long as it is used; or why there is none."""
    if isinstance(plugin, Plugin):
        yield plugin
        return
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        try:
            yield make_example(plugin, Path(folder))
        except ExampleError as err:
            yield CheckResult(str(plugin.name), plugin.kind, "can_be_made", False, str(err))


def run_check(check: Check, plugin: Plugin) -> CheckResult:
    """Run one check; whatever the plugin does, there is a result."""
    name = str(type(plugin).name)
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        try:
            remark = call_check(check, Case(plugin, Path(folder)))
        except CheckFailure as failure:
            found = failure.reason, failure.column, failure.first_row
            return CheckResult(name, plugin.kind, check.name, False, *found)
        return CheckResult(name, plugin.kind, check.name, True, remark)


def call_check(check: Check, case: Case) -> str | None:
    """Call a check; anything that a plugin raises on the way is a failure.

    Raises
    ------
    CheckFailure
    """
    try:
        with warnings.catch_warnings(), time_limit(CHECK_SECONDS):
            warnings.simplefilter("ignore")
            return check.function(case)
    except CheckFailure:
        raise
    except OutOfTime as err:
        raise CheckFailure(f"{_UNFINISHED} within {err.seconds:g} s.") from err
    except WorkbenchError as err:
        raise CheckFailure(str(err)) from err
    except (Exception, SystemExit) as err:
        raise CheckFailure(f"it raised {type(err).__name__}: {err}") from err
