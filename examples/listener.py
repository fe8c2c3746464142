"""A plugin that listens: it adds a line to `runs.txt` whenever a run has ended.

workbench run sample:GOOG --plugin examples/listener.py
"""

from __future__ import annotations

from pathlib import Path

import workbench as wb


@wb.hookimpl
def workbench_run_finished(run: wb.Run) -> None:
    with Path("runs.txt").open("a", encoding="utf-8") as file:
        file.write(f"{run.created_at:%Y-%m-%d %H:%M} {run.id} {run.name}: {run.verdict}\n")


@wb.hookimpl
def workbench_run_failed(error: BaseException) -> None:
    with Path("runs.txt").open("a", encoding="utf-8") as file:
        file.write(f"failed: {error}\n")
