"""A distribution with a misspelt hook, which would otherwise never be called."""

from __future__ import annotations

from workbench import hookimpl


@hookimpl
def workbench_featurs():
    return []
