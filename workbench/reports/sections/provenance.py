"""Data, code, packages and machine that the run came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from workbench.reports import formats
from workbench.reports.html import Table, paragraph, table

if TYPE_CHECKING:
    from workbench.runs.run import Run

_MACHINE = {
    "workbench": "Workbench",
    "python": "Python",
    "platform": "Platform",
    "machine": "Machine",
    "cpu_count": "CPU cores",
    "device": "Device of the fits",
    "seeds": "Seeds",
}

_COLUMNS = {"n_rows": "Rows", "end": "Known until", "sha256": "SHA-256"}


def render(run: Run) -> str:
    """Return what is needed to tell whether two runs should agree."""
    source = run.provenance
    data = [{**version, "end": formats.moment(version["end"])} for version in run.data]
    tables = [
        Table("Run", ["What", "Value"], _run_facts(run, source), 2),
        _records("Data, exactly as seen", data, _data_fields(data)),
        _records("Plugins", source.get("plugins", []), ("kind", "name", "distribution", "version", "origin", "sha256")),
        Table("Packages", ["Package", "Version"], [[str(n), str(v)] for n, v in source.get("packages", {}).items()], 2),
    ]
    intro = "The same data, code and seeds on the same machine give the same forecasts to the last bit."
    return Markup("").join([paragraph(intro), *map(table, tables)])


def _data_fields(data: Sequence[dict[str, Any]]) -> list[str]:
    """Fields of a data version; what the experiment calls other series, where there are any."""
    context = ["context"] if any(version.get("context") for version in data) else []
    return ["symbol", *context, "series", "revision", "n_rows", "end", "sha256"]


def _run_facts(run: Run, source: dict[str, Any]) -> list[list[str]]:
    seconds = formats.NONE if run.seconds is None else f"{run.seconds:.1f} seconds"
    facts = [
        ["Run", run.id],
        ["Status", run.status],
        ["Started", f"{formats.moment(run.created_at)} UTC"],
        ["Took", seconds],
    ]
    return facts + [[words, _text(source[name])] for name, words in _MACHINE.items() if name in source]


def _records(caption: str, records: Sequence[dict[str, Any]], fields: Sequence[str]) -> Table:
    columns = [_COLUMNS.get(name, name.capitalize()) for name in fields]
    return Table(caption, columns, [[_text(record.get(name)) for name in fields] for record in records], len(fields))


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return formats.NONE if value is None or value == "" else str(value)
