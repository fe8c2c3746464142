"""Repairs of series, for those who read a run or import a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.contracts.repair import Repair
from workbench.runs.datasets import FetchedSeries

_NAMED = 4
"""Symbols that are named of those that needed the same kind of repair."""


def repair_notes(fetched: Sequence[FetchedSeries]) -> list[str]:
    """Return one sentence per kind of repair, naming the symbols that needed it."""
    return _notes((item.symbol, repair.kind, repair.detail) for item in fetched for repair in item.repairs)


def repair_record(repair: Repair) -> dict[str, Any]:
    """Return a repair as JSON shows it."""
    return {"kind": repair.kind, "rows": repair.rows, "at": list(repair.at), "detail": repair.detail}


def record_notes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the same sentences for rows of `Workbench.import_data`."""
    return _notes((row["symbol"], repair["kind"], repair["detail"]) for row in rows for repair in row["repairs"])


def _notes(cases: Iterable[tuple[str, str, str]]) -> list[str]:
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for symbol, kind, detail in cases:
        by_kind.setdefault(kind, []).append((symbol, detail))
    return [_note(alike) for alike in by_kind.values()]


def _note(cases: list[tuple[str, str]]) -> str:
    """Say it in the words of the first symbol, and name the others."""
    first, detail = cases[0]
    if all(other == detail for _, other in cases):
        return f"{_few([symbol for symbol, _ in cases])}: {detail}"
    return f"{first}: {detail} The like in {_few([symbol for symbol, _ in cases[1:]])}."


def _few(symbols: list[str]) -> str:
    unique = list(dict.fromkeys(symbols))
    more = len(unique) - _NAMED
    return ", ".join(unique[:_NAMED]) + (f" and {more} more" if more > 0 else "")
