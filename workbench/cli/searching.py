"""`sweep` and `tune`: many settings of one experiment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.running import LaidOver, Output, Overrides, finish, progress_of
from workbench.cli.settings import Settings, print_json
from workbench.errors import ExperimentError

if TYPE_CHECKING:
    from workbench.plan.grid import Setting
    from workbench.plan.searches import SearchFile
    from workbench.runs.searching.search import Search

File = Annotated[str, typer.Argument(help="An experiment with a table for the search.", metavar="FILE.toml")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes at most; all cores by default.")]

_SWEEP_COLUMNS = {
    "setting": "setting",
    "validation_loss": "val. loss",
    "validation_rmse": "val. RMSE",
    "rmse": "test RMSE",
    "mae": "MAE",
    "skill": "skill",
    "hit_rate": "hits",
    "verdict": "verdict",
    "seconds": "s",
    "run": "run",
}
_TUNE_COLUMNS = {
    "setting": "setting",
    "status": "status",
    "value": "val. score",
    "validation_loss": "val. loss",
    "validation_hit_rate": "val. hits",
    "epoch": "epoch",
    "seconds": "s",
    "run": "run",
}
_SPARE = ("s", "MAE", "hits", "epoch", "val. hits", "val. loss", "test RMSE")
_MOST_ROWS = 40
_SHOWN_DIGITS = 8
"""Of the id of a run: any beginning that is unique names it."""


def sweep(
    settings: Settings,
    file: File,
    laid_over: LaidOver = [],  # noqa: B006 - typer reads the default
    overrides: Overrides = [],  # noqa: B006
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the settings; run nothing.")] = False,
    workers: Workers = None,
    output: Output = None,
) -> None:
    """Run every combination of the values in [sweep], and compare them by validation."""
    asked = _read(file, laid_over, overrides)
    if not asked.sweep:
        raise ExperimentError(
            f"{file} has no table [sweep] with fields and lists of their values, such as "
            f'"forecasters.0.hidden" = [16, 32].'
        )
    bench = settings.bench()
    if dry_run:
        _show_settings(settings, bench.list_settings(asked.experiment, asked.sweep))
        return
    search = finish(lambda: bench.sweep(asked.experiment, asked.sweep, workers=workers, progress=progress_of(settings)))
    _show(settings, search, output)


def tune(
    settings: Settings,
    file: File,
    trials: Annotated[int | None, typer.Option(min=1, help="Settings to try in all.", metavar="N")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the search; 7 by default.")] = None,
    laid_over: LaidOver = [],  # noqa: B006 - typer reads the default
    overrides: Overrides = [],  # noqa: B006
    workers: Workers = None,
    output: Output = None,
) -> None:
    """Search the space of [tune.space] by validation, and run the best setting on the test."""
    asked = _read(file, laid_over, overrides)
    if not asked.space:
        raise ExperimentError(
            f"{file} has no table [tune.space] with ranges or choices, such as "
            f'"forecasters.0.hidden" = {{ low = 16, high = 128 }}.'
        )
    bench = settings.bench()
    search = finish(
        lambda: bench.tune(
            asked.experiment,
            asked.space,
            trials=trials,
            seed=seed,
            settings=asked.settings,
            workers=workers,
            progress=progress_of(settings),
        )
    )
    _show(settings, search, output)


def _read(file: str, laid_over: list[Path], overrides: list[str]) -> SearchFile:
    from workbench.plan.searches import read_search_file

    return read_search_file(file, overrides, laid_over)


def _show_settings(settings: Settings, found: list[Setting]) -> None:
    from workbench.cli.tables import print_table

    if settings.json:
        print_json({"settings": [{"number": s.number, "setting": s.label, "values": s.values} for s in found]})
        return
    print_table([{"setting": setting.label} for setting in found])
    print(f"{len(found)} settings, each a run and a trial of its own. Nothing was run.")


def _show(settings: Settings, search: Search, output: Path | None) -> None:
    """Print the table, then what it says and how much of it to believe."""
    from workbench.cli.tables import print_table, print_text

    path = search.report(output)
    if settings.json:
        print_json(_document(search, path))
        return
    print(f"Search {search.id} '{search.name}': {search.n_settings} settings, the best by validation first.")
    columns = _columns(search)
    rows = [_row(row, columns) for row in _records(search)]
    print_table(rows[:_MOST_ROWS], spare=_SPARE)
    if len(rows) > _MOST_ROWS:
        print(f"The first {_MOST_ROWS} of {len(rows)} settings; the report has them all.")
    print_text(search.sentence)
    if search.kind == "tune" and (run := search.best_run) is not None:
        print_text(run.verdict)
    for note in search.notes:
        print_text(f"Note: {note}")
    print(f"Report: {path}")


def _columns(search: Search) -> dict[str, str]:
    """Columns of the table by heading; a sweep that is ranked by skill shows it in place of errors."""
    if search.kind == "tune":
        return _TUNE_COLUMNS
    if search.metric == "rmse":
        return _SWEEP_COLUMNS
    return {
        ("value" if name == "validation_rmse" else name): ("val. skill" if name == "validation_rmse" else heading)
        for name, heading in _SWEEP_COLUMNS.items()
    }


def _records(search: Search) -> list[dict[str, Any]]:
    records: Any = search.trials.astype(object).to_dict("records")
    return list(records)


def _row(row: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    from workbench.cli.tables import show

    cells = {}
    for name, heading in columns.items():
        value = row[name]
        if name == "verdict":
            value = str(value).removesuffix(" than persistence") if isinstance(value, str) else row["status"]
        if name.endswith(("hit_rate", "skill")) or heading == "val. skill":
            value = show("hit_rate", value)
        elif name == "run" and isinstance(value, str):
            value = value[:_SHOWN_DIGITS]
        elif name == "seconds" and isinstance(value, float):
            value = round(value, 1)
        cells[heading] = value
    return cells


def _document(search: Search, path: Path) -> dict[str, Any]:
    best = search.best
    return {
        "search": search.id,
        "kind": search.kind,
        "name": search.name,
        "settings": _records(search),
        "best": None if best is None else {"setting": best.label, "values": dict(best.settings), "value": best.value},
        "run": None if best is None else best.run,
        "sentence": search.sentence,
        "notes": search.notes,
        "report": str(path),
    }
