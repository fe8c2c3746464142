"""`runs`, `show`, `report` and `sql`: reading what is in the store."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import tables
from workbench.cli.settings import Settings, print_json, with_settings
from workbench.cli.tables import print_table, print_text
from workbench.errors import RunNotFoundError

if TYPE_CHECKING:
    from workbench.runs.run import Run
    from workbench.runs.searching.search import Search

RunName = Annotated[str, typer.Argument(help="An id, a unique prefix, a run name, or latest.", metavar="RUN")]


def runs_app() -> typer.Typer:
    """`workbench runs` and `workbench runs rm`."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.callback(invoke_without_command=True)(with_settings(list_runs))
    app.command("rm")(with_settings(remove))
    return app


def list_runs(settings: Settings, context: typer.Context) -> None:
    """List the runs in the store, newest first, or remove one."""
    if context.invoked_subcommand is not None:
        return
    rows = settings.bench().runs().to_dict("records")
    if settings.json:
        print_json(rows)
    elif rows:
        print_table(rows, ["run", "name", "status", "created_at", "seconds", "verdict"], spare=["seconds", "status"])
    else:
        print("The store holds no runs yet.")


def remove(settings: Settings, run: RunName) -> None:
    """Remove a run's data from the store; its trials stay in the ledger."""
    removed = settings.bench().remove(run)
    if settings.json:
        print_json({"removed": removed})
    else:
        print(f"Removed run {removed}; its trials stay in the ledger.")


def show(settings: Settings, run: RunName) -> None:
    """Print a run's verdict, summary, plugins that others wrote, and settings."""
    from workbench.runs.provenance import plugins_of_others

    found = _run_to_show(settings, run)
    if settings.json:
        print_json(
            {
                "run": found.id,
                "name": found.name,
                "status": found.status,
                "created_at": found.created_at,
                "seconds": found.seconds,
                "error": found.error,
                "verdict": found.verdict,
                "summary": summary_records(found),
                "notes": found.notes,
                "trial": found.trial,
                "data": found.data,
                "provenance": found.provenance,
                "toml": found.toml,
            }
        )
        return
    print_summary(found)
    if plugins := plugins_of_others(found.provenance):
        print_text(f"Plugins: {', '.join(plugins)}.")
    print(found.toml)


def report(
    settings: Settings, run: RunName, output: Annotated[Path | None, typer.Option("--output", "-o")] = None
) -> None:
    """Write the report of a run, or of a search, as one HTML file."""
    found = _run_or_search(settings, run)
    path = found.report(output)
    if settings.json:
        print_json({"report": str(path)})
    else:
        print(f"Report: {path}")
    if others := _searches_of_name(settings, run, found.id):
        print(f"{run!r} was taken as {found.id}; it is also the name of {', '.join(others)}.", file=sys.stderr)


def _run_to_show(settings: Settings, text: str) -> Run:
    """Find a run; where a search is meant, say how to see it."""
    bench = settings.bench()
    try:
        return bench.load(text)
    except RunNotFoundError:
        try:
            search = bench.load_search(text)
        except RunNotFoundError:
            search = None
        if search is None:
            raise
        best = search.best.run if search.best is not None else None
        one = f" `workbench show {best}` shows the run of its best setting." if best else ""
        raise RunNotFoundError(
            f"{text!r} is no run but a search, {search.id}; `workbench report {text}` shows it.{one}"
        ) from None


def _searches_of_name(settings: Settings, name: str, taken: str) -> list[str]:
    """Ids of the searches of this name beside the one that was taken, newest first."""
    rows = settings.bench().searches()
    return [str(search) for search in rows.loc[rows["name"] == name, "search"] if search != taken]


def _run_or_search(settings: Settings, text: str) -> Run | Search:
    """Find what is meant: a run, else the search of that id, beginning or name."""
    bench = settings.bench()
    try:
        return bench.load(text)
    except RunNotFoundError:
        with contextlib.suppress(RunNotFoundError):
            return bench.load_search(text)
        raise


def sql(settings: Settings, query: Annotated[str, typer.Argument(help="A query; see the table reference.")]) -> None:
    """Query the store; nothing can be changed this way."""
    rows = settings.bench().sql(query)
    if settings.json:
        print_json(rows.to_dict("records"))
    elif rows.empty:
        print("No rows.")
    else:
        print_table(rows.astype(object).to_dict("records"), list(map(str, rows.columns)))


def summary_records(run: Run) -> list[dict[Any, Any]]:
    """Rows of `run.summary` as plain dictionaries."""
    records: list[dict[Any, Any]] = run.summary.reset_index().astype(object).to_dict("records")
    return records


def print_summary(run: Run) -> None:
    """Print the verdict first, then the table, then what a reader has to know."""
    from workbench.reports.data.equity import annualised

    symbols = ", ".join(run.experiment.symbols)
    print(f"Run {run.id} '{run.name}': {symbols}, {run.status}" + (f" in {run.seconds:.1f} s" if run.seconds else ""))
    if run.error:
        print(f"Error: {run.error}")
    print()
    print_text(run.verdict)
    rows = summary_records(run)
    if rows:
        shown = [{**row, "verdict": row["verdict"].removesuffix(" than persistence")} for row in rows]
        print_table(shown, spare=["mae", "drawdown", "hit_rate"])
    for sentence in _seeds(run):
        print_text(sentence)
    if how := annualised(run):
        print(f"The Sharpe ratio is {how}.")
    if run.trial:
        print(f"Trial {run.trial['number']} on these data in this store since {run.trial['since'][:10]}.")
    for note in run.notes:
        print_text(f"Note: {note}")


def _seeds(run: Run) -> Iterator[str]:
    """Say of each model how far its seeds lie apart."""
    for model, found in run.spread.groupby(level="model", sort=False):
        figures = [_figures(str(metric), row) for metric, row in found.droplevel("model").iterrows()]
        yield f"Over {int(found['seeds'].iloc[0])} seeds, {model}: {'; '.join(figures)}."


def _figures(metric: str, row: Any) -> str:
    mean, std, least, largest = (tables.show(metric, float(row[column])) for column in ("mean", "std", "min", "max"))
    return f"{metric} {mean} on average, standard deviation {std}, from {least} to {largest}"
