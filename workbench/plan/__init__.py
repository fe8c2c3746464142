"""What is asked: experiments, their plugins, and the tasks that follow from them.

The names below are loaded on first use: they need the registry, which describing an experiment does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.plan.tasks import FitTask as FitTask
    from workbench.plan.tasks import SeriesVersion as SeriesVersion
    from workbench.plan.tasks import plan as plan

__all__ = ["FitTask", "SeriesVersion", "plan"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'workbench.plan' has no attribute {name!r}")
    from workbench.plan import tasks

    return getattr(tasks, name)


def __dir__() -> list[str]:
    return __all__
