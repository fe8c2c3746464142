"""A journal of everything that was run: a line of JSON per event, and a section of the report that shows them.

Set the environment variable WORKBENCH_JOURNAL to the path of a file. Without it, nothing is written.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field
from workbench import ReportSection, Run, hookimpl

FILE = "WORKBENCH_JOURNAL"


class Journal(ReportSection, name="journal"):
    """The runs of this experiment so far, oldest first."""

    title: ClassVar[str] = "Journal"
    order: ClassVar[int] = 850

    n_rows: int = Field(20, ge=1, description="runs to show, the last ones")

    def render(self, run: Run) -> str:
        """Return a table, or an empty text where there is no journal."""
        ended = [
            line for line in read() if line.get("name") == run.name and line.get("event") in ("finished", "failed")
        ]
        if not ended:
            return ""
        rows = "".join(
            _row("td", [line["time"], line["run"], line["event"], _outcome(line)]) for line in ended[-self.n_rows :]
        )
        return f"<table><thead>{_row('th', ['Time', 'Run', 'Event', 'Outcome'])}</thead><tbody>{rows}</tbody></table>"


@hookimpl
def workbench_report_sections() -> list[type[ReportSection]]:
    """Offer the section; a module with hooks says itself what it offers."""
    return [Journal]


@hookimpl
def workbench_run_started(run: Run) -> None:
    """Note what is asked."""
    write("started", run, symbols=list(run.experiment.symbols))


@hookimpl
def workbench_fold_finished(run: Run, fold: int) -> None:
    """Note each fold, with the forecasts there are so far."""
    write("fold", run, fold=fold, forecasts=len(run.forecasts))


@hookimpl
def workbench_run_finished(run: Run) -> None:
    """Note what came of it."""
    figures = run.summary[["rmse", "skill", "total_return"]].astype(object)
    write("finished", run, verdict=run.verdict, models=figures.where(figures.notna(), None).to_dict("index"))


@hookimpl
def workbench_run_failed(run: Run, error: BaseException) -> None:
    """Note what stopped it."""
    write("failed", run, error=f"{type(error).__name__}: {error}")


def write(event: str, run: Run, **content: Any) -> None:
    """Append a line, in one call so that runs at the same time do not tear each other's lines."""
    path = os.environ.get(FILE)
    if not path:
        return
    time = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"time": time, "event": event, "run": run.id, "name": run.name, **content}, allow_nan=False)
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def read() -> list[dict[str, Any]]:
    """Return the lines of the journal; what is no JSON is left out, such as a line cut off by a full disk."""
    path = os.environ.get(FILE)
    if not path or not Path(path).is_file():
        return []
    lines = []
    for text in Path(path).read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines


def _outcome(line: dict[str, Any]) -> str:
    return str(line.get("verdict") or line.get("error") or "")


def _row(tag: str, cells: list[Any]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"
