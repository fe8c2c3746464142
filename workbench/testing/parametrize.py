"""For authors: every check of a plugin as a pytest test of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.contracts.plugin import Plugin
from workbench.testing.check import Case, Check, CheckFailure
from workbench.testing.example import ExampleError, make_example
from workbench.testing.kinds import CHECKS
from workbench.testing.running import call_check

if TYPE_CHECKING:
    import pytest


def parametrize_checks(
    *plugins: Plugin | type[Plugin], expected_failures: Mapping[str, str] | None = None
) -> pytest.MarkDecorator:
    """Make a test of every check: the decorated function gets `check`, and has to call it.

    Parameters
    ----------
    *plugins : Plugin or Plugin subclass
        What to examine; of a class, its `example`.
    expected_failures : mapping of str to str, optional
        Checks that are known to fail, and why. Such a test is an expected failure, and fails once the check passes.

    Raises
    ------
    ValueError
        An expected failure names no check.

    Examples
    --------
    >>> from workbench_momentum import Momentum  # doctest: +SKIP
    >>> @parametrize_checks(Momentum(window=10))  # doctest: +SKIP
    ... def test_conforms(check):
    ...     check()
    """
    import pytest

    expected = dict(expected_failures or {})
    pairs = [(plugin, check) for plugin in plugins for check in CHECKS[plugin.kind]]
    unknown = sorted(expected.keys() - {check.name for _, check in pairs})
    if unknown:
        raise ValueError(
            f"no check is called {unknown[0]!r}; there are {', '.join(sorted({c.name for _, c in pairs}))}."
        )
    return pytest.mark.parametrize("check", [_parameter(pytest, plugin, check, expected) for plugin, check in pairs])


def _parameter(pytest: Any, plugin: Plugin | type[Plugin], check: Check, expected: Mapping[str, str]) -> Any:
    label = plugin.label if isinstance(plugin, Plugin) else plugin.name
    marks = [pytest.mark.xfail(reason=expected[check.name], strict=True)] if check.name in expected else []
    return pytest.param(partial(_examine, plugin, check), id=f"{label}-{check.name}", marks=marks)


def _examine(plugin: Plugin | type[Plugin], check: Check) -> None:
    __tracebackhide__ = True
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="workbench-"))) for _ in range(2)]
        try:
            example = plugin if isinstance(plugin, Plugin) else make_example(plugin, folders[0])
        except ExampleError as err:
            raise CheckFailure(str(err)) from err
        call_check(check, Case(example, folders[1]))
