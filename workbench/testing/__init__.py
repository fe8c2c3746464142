"""Checks that a plugin keeps its contract, for its author's tests and for whoever installs it.

In the tests of a plugin::

    from workbench.testing import parametrize_checks

    @parametrize_checks(Momentum(window=10))
    def test_conforms(check):
        check()

On the command line, `workbench plugins check TARGET` does the same.
"""

from workbench.testing.check import Case, Check, CheckFailure, CheckResult
from workbench.testing.kinds import CHECKS
from workbench.testing.parametrize import parametrize_checks
from workbench.testing.running import check_plugin
from workbench.testing.series import toy_bars, toy_panel
from workbench.testing.windows import toy_windows

__all__ = [
    "CHECKS",
    "Case",
    "Check",
    "CheckFailure",
    "CheckResult",
    "check_plugin",
    "parametrize_checks",
    "toy_bars",
    "toy_panel",
    "toy_windows",
]
