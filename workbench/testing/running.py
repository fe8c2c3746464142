"""Examining a plugin: an example of it is made, and every check of its kind is run."""

from __future__ import annotations

import re
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.contracts.plugin import Plugin
from workbench.errors import WorkbenchError
from workbench.registry.guard import OutOfTime, time_limit
from workbench.testing.check import Case, Check, CheckFailure, CheckResult
from workbench.testing.example import ExampleError, make_example
from workbench.testing.kinds import CHECKS
from workbench.testing.variants import VARIED, check_variants, with_parameters

CHECK_SECONDS = 300.0
"""Time that one check may take. The slowest of ours take 20 s, and machines may be busy with other things."""
_UNFINISHED = "it did not finish"


def check_plugin(
    plugin: Plugin | type[Plugin], only: Iterable[str] | None = None, *, params: Mapping[str, Any] | None = None
) -> list[CheckResult]:
    """Run the checks of a plugin's kind; those for look-ahead and warm-up also with other values of its choices.

    Choices are parameters of type `bool` or `Literal`. One is changed at a time, as far as time allows; the remark
    of a check that passed says which were tried.

    Parameters
    ----------
    plugin : Plugin or Plugin subclass
        Of a class, `example` is examined.
    only : iterable of str, optional
        Names of the checks to run; all by default.
    params : mapping of str to object, optional
        Parameters to change first.

    Returns
    -------
    list of CheckResult
        One per check, in the order of `CHECKS`; the single check `can_be_made` where no example can be made. Checks
        that fail for one reason all give it as the first did.

    Raises
    ------
    ExperimentError
        The plugin does not take `params`.
    """
    wanted = None if only is None else set(only)
    with example_of(plugin, params or {}) as found:
        if isinstance(found, CheckResult):
            return [found]
        chosen = [check for check in CHECKS[found.kind] if wanted is None or check.name in wanted]
        return list(_same_reasons(_run(chosen, found)))


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


def _same_reasons(results: Iterable[CheckResult]) -> Iterator[CheckResult]:
    """Let failures that repeat an earlier one, in other words or of another number of bars, give its very reason."""
    first: list[str] = []
    for result in results:
        if not result.passed and result.reason:
            reason = next((r for r in first if _without_numbers(r) in _without_numbers(result.reason)), result.reason)
            first += [reason] if reason not in first else []
            result = replace(result, reason=reason)
        yield result


def _without_numbers(reason: str) -> str:
    return re.sub(r"\d+", "0", reason)


@contextmanager
def example_of(plugin: Plugin | type[Plugin], params: Mapping[str, Any]) -> Iterator[Plugin | CheckResult]:
    """Give an example of a class, which may need its folder for as long as it is used; or why there is none."""
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        try:
            found: Plugin | CheckResult = _made(plugin, params, Path(folder))
        except ExampleError as err:
            found = CheckResult(str(plugin.name), plugin.kind, "can_be_made", err.on_purpose, str(err))
        yield found


def _made(plugin: Plugin | type[Plugin], params: Mapping[str, Any], folder: Path) -> Plugin:
    example = plugin if isinstance(plugin, Plugin) else make_example(plugin, folder, params)
    return with_parameters(example, **params) if params else example


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
    """Call a check, for other values of choices too; anything that a plugin raises on the way is a failure.

    Raises
    ------
    CheckFailure
    """
    began = time.monotonic()
    remark = _call(check, case)
    if check.name not in VARIED:
        return remark
    varied = check_variants(lambda other: _call(check, other), case, time.monotonic() - began)
    return "; ".join(filter(None, (remark, varied))) or None


def _call(check: Check, case: Case) -> str | None:
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
