"""A distribution whose second hook asks for an argument that Workbench does not give."""

from __future__ import annotations

from workbench import Feature, hookimpl


class Lost(Feature, name="lost"):
    def compute(self, bars):
        return bars["close"]


@hookimpl
def workbench_features():
    return [Lost]


@hookimpl
def workbench_fold_finished(run, fold, score):
    """Ask for too much."""
