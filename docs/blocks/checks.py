"""The checks of `workbench.testing`, by kind of plugin."""

from __future__ import annotations

import inspect

from blocks.markdown import code, table
from blocks.plugins import TITLES


def every_check() -> str:
    """Every check: those of all kinds once, then those of each kind."""
    from workbench.testing import CHECKS

    shared = [check for check in CHECKS["feature"] if all(check in checks for checks in CHECKS.values())]
    parts = [f"## Every kind\n\n{_table(shared)}"]
    for kind, title in TITLES.items():
        own = [check for check in CHECKS[kind] if check not in shared]
        parts += [f"## {title}\n\n{_table(own)}"] if own else []
    return "\n\n".join(parts)


def _table(checks: list) -> str:  # type: ignore[type-arg]
    return table(["check", "requirement"], [(code(c.name), inspect.getdoc(c.function) or "") for c in checks])
