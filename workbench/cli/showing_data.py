"""`data show`: what a series looks like, on a terminal, as a page, or as JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.settings import Settings, print_json
from workbench.cli.tables import ELLIPSIS, console, print_table
from workbench.errors import RequestError

if TYPE_CHECKING:
    from workbench.contracts.arrays import Bars
    from workbench.contracts.panel import Panel
    from workbench.data.description import Description

_IN_A_LOG = 100
"""Columns where there is no terminal, and `COLUMNS` does not say."""
_NARROWEST = 40
_ROWS = 5
_DESCRIBING = ("test_fraction", "calendar")
"""Settings of the description itself."""
_COLUMNS = ["series", "symbol", "interval", "revision", "n_rows", "first_session", "last_session"]


def show_data(
    settings: Settings,
    target: Annotated[
        str,
        typer.Argument(
            help="A file or folder, source:symbol, or a series of the store (its symbol where that is unique).",
            metavar="TARGET",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a page of HTML too.", metavar="FILE.html")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="Bars to show from each end: 5, or in JSON all by default.")
    ] = None,
    overrides: Annotated[
        list[str],
        typer.Option(
            "--set",
            help="A setting that decides on bars, such as start=2020-01-01, symbols=NFLX, or a parameter of the "
            "source; or test_fraction, calendar.",
            metavar="NAME=VALUE",
        ),
    ] = [],  # noqa: B006 - typer reads the default
) -> None:
    """Show a series: bars, returns, volatility, memory, gaps, and what a forecast has to beat."""
    from workbench.runs.panels import stored_series

    fields, describing = _read_settings(overrides)
    bench = settings.bench()
    panel = bench.panel(target, **fields)
    info = stored_series(bench, target) or _info(panel)
    found = panel.describe(**describing)
    page = None if output is None else _write_page(found, output, target)
    if settings.json:
        print_json(_document(info, panel, found, rows, page))
        return
    _print(info, panel, found, rows or _ROWS)
    if page is not None:
        print(f"Page: {page}")


def _read_settings(overrides: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return settings of an experiment, those without a place there taken for the source's, and of the description."""
    from workbench.plan.experiment import Experiment
    from workbench.plan.toml import anchored, apply_settings

    known = {*Experiment.model_fields, *_DESCRIBING}
    placed = [text if _first_name(text) in known else f"source.{text}" for text in overrides]
    fields = anchored(apply_settings({}, placed), None)
    describing = {name: fields[name] for name in _DESCRIBING if name in fields}
    if not isinstance(describing.get("test_fraction", 0.2), (int, float)):
        raise RequestError(f"`test_fraction` is {describing['test_fraction']!r}; expected a number such as 0.2.")
    return {name: value for name, value in fields.items() if name in Experiment.model_fields}, describing


def _first_name(setting: str) -> str:
    return setting.partition("=")[0].strip().partition(".")[0]


def _write_page(found: Description, output: Path, target: str) -> Path:
    from workbench.reports.looking.page import write_html

    return write_html(found, output, Path(target).name if Path(target).is_file() else target)


def _document(
    info: Mapping[str, Any], panel: Panel, found: Description, rows: int | None, page: Path | None
) -> dict[str, Any]:
    document = dict(info)
    if len(panel.symbols) == 1:
        bars = panel[panel.symbols[0]]
        ends = bars if rows is None or len(bars) <= 2 * rows else _ends(bars, rows)
        document["bars"] = ends.reset_index(names="time").to_dict("records")
    document["description"] = found.to_dict()
    return document if page is None else {**document, "page": str(page)}


def _info(panel: Panel) -> dict[str, Any]:
    """Say of bars that are in no store what the store's list would say."""
    whole = {"interval": panel.interval, "n_rows": len(panel), **_span(panel)}
    return {"symbol": panel.symbols[0], **whole} if len(panel.symbols) == 1 else {"symbols": panel.symbols, **whole}


def _span(panel: Panel) -> dict[str, Any]:
    return {
        "first_session": min(panel[symbol].index[0] for symbol in panel),
        "last_session": max(panel[symbol].index[-1] for symbol in panel),
    }


def _print(info: Mapping[str, Any], panel: Panel, found: Description, rows: int) -> None:
    if len(panel.symbols) == 1:
        print_table([info], [name for name in _COLUMNS if name in info])
        _print_bars(panel[panel.symbols[0]], rows)
    screen = console()
    width = screen.width if screen.is_terminal else _width_of_paper()
    print(found.to_text(width=width, unicode=screen.is_terminal and _takes_unicode()))
    if len(panel.symbols) > 1:
        print(f"To see one of them drawn: --set symbols={panel.symbols[0]}, or write a page of all with -o FILE.html.")


def _width_of_paper() -> int:
    """Return what `COLUMNS` says, as of a terminal; without it a hundred."""
    said = os.environ.get("COLUMNS", "")
    return max(int(said), _NARROWEST) if said.isdecimal() and int(said) > 0 else _IN_A_LOG


def _takes_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def _print_bars(bars: Bars, rows: int) -> None:
    shown = bars if len(bars) <= 2 * rows else _ends(bars, rows)
    lines: list[Mapping[Any, Any]] = [*_lines(shown)]
    if len(shown) < len(bars):
        lines.insert(rows, ELLIPSIS)
    print_table(lines, exact=True)


def _ends(bars: Bars, rows: int) -> Bars:
    return bars.iloc[[*range(rows), *range(-rows, 0)]]


def _lines(bars: Bars) -> list[dict[Any, Any]]:
    records: list[dict[Any, Any]] = (
        bars.drop(columns="known_at").reset_index(names="time").astype(object).to_dict("records")
    )
    return records
