"""`demo`, `new` and `run`: asking questions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from workbench.cli.settings import Settings, print_json
from workbench.errors import RequestError

if TYPE_CHECKING:
    from workbench.plan.experiment import Experiment
    from workbench.runs.bench import Workbench
    from workbench.runs.run import Run

_T = TypeVar("_T")

EXIT_INTERRUPTED = 130

Output = Annotated[Path | None, typer.Option("--output", "-o", help="Where to write the report.", metavar="FILE.html")]
Overrides = Annotated[
    list[str],
    typer.Option("--set", help="Override a setting, such as forecasters.0.hidden=64.", metavar="PATH=VALUE"),
]

LaidOver = Annotated[
    list[Path],
    typer.Option("--with", help="Lay the settings of another file over it, before --set.", metavar="OTHER.toml"),
]


def demo(settings: Settings, output: Output = None) -> None:
    """Forecast a real share: its returns, an honest loss, and its range, an honest win; report both."""
    from workbench.plan.examples import example_path
    from workbench.plan.experiment import Experiment

    bench = settings.bench()
    returns, ranges = (Experiment.from_toml(example_path(name)) for name in ("demo", "demo-range"))
    beside = None if output is None else output.with_stem(f"{output.stem}-range")
    first = finish(lambda: bench.run(returns, progress=progress_of(settings)))
    if settings.json:
        second = finish(lambda: bench.run(ranges, progress=progress_of(settings)))
        print_json({**_run_document(first, output), "range": _run_document(second, beside)})
        return
    _show_run(settings, first, output)
    print("\nWhere the price will go is one question. How far it will move, on the same days, is another:\n")
    _run_and_show(settings, bench, ranges, beside)


def new(settings: Settings, file: Annotated[Path, typer.Argument(metavar="FILE.toml")]) -> None:
    """Write a commented experiment to start from."""
    from workbench.plan.examples import example_path

    if file.exists():
        raise RequestError(f"{file} exists already; choose another name, or delete it first.")
    if not file.parent.is_dir():
        raise RequestError(f"the folder {file.parent} does not exist; make it first.")
    file.write_text(example_path("new").read_text(encoding="utf-8"), encoding="utf-8")
    if settings.json:
        print_json({"file": str(file)})
    else:
        print(f"Wrote {file}. Run it with: workbench run {file}")


def run(
    settings: Settings,
    file: Annotated[
        str | None,
        typer.Argument(help="An experiment, a data file, or source:symbol.", metavar="FILE.toml|DATA.csv"),
    ] = None,
    laid_over: LaidOver = [],  # noqa: B006 - typer reads the default
    overrides: Overrides = [],  # noqa: B006
    resume: Annotated[str | None, typer.Option(help="Finish a run that was stopped.", metavar="RUN")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; run nothing.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes at most; all cores by default.")] = None,
    output: Output = None,
) -> None:
    """Run an experiment file, or a data file with sensible defaults."""
    bench = settings.bench()
    if resume is not None:
        if file is not None or overrides or laid_over:
            raise RequestError(
                "`--resume` takes the experiment from the run; give it no file, no `--with` and no `--set`."
            )
        finished = finish(lambda: bench.resume(resume, workers=workers, progress=progress_of(settings)))
        _show_run(settings, finished, output)
        return
    if file is None:
        raise RequestError("say what to run: an experiment.toml, a data file, or source:symbol such as sample:GOOG.")
    experiment = _experiment(bench, file, laid_over, overrides)
    if dry_run:
        _show_plan(settings, bench, experiment)
        return
    _run_and_show(settings, bench, experiment, output, workers)


def _experiment(bench: Workbench, file: str, laid_over: list[Path], overrides: list[str]) -> Experiment:
    from workbench.plan.experiment import Experiment
    from workbench.plan.overlay import lay_over
    from workbench.plan.searches import without_search_tables
    from workbench.plan.toml import anchored, apply_settings, read_toml

    if file.endswith(".toml"):
        fields = lay_over(read_toml(Path(file)), laid_over, Experiment.model_fields)
        return Experiment(**anchored(without_search_tables(apply_settings(fields, overrides)), None))
    laid = lay_over({}, laid_over, Experiment.model_fields)
    experiment = bench.quick(file, **{**laid, **_whole_fields(overrides)})
    if overrides:
        experiment = Experiment(**anchored(apply_settings(read_toml(experiment.to_toml()), overrides), None))
    print(experiment.to_toml(), file=sys.stderr)
    return experiment


def _whole_fields(overrides: list[str]) -> dict[str, Any]:
    """Return the overrides that set a whole field, or something of the source.

    Defaults such as the folds follow from `tail` or `start`, and the source is asked for bars before there is an
    experiment.
    """
    from workbench.plan.experiment import Experiment
    from workbench.plan.toml import anchored, apply_settings

    names = [setting.partition("=")[0].strip() for setting in overrides]
    whole = [
        setting
        for setting, name in zip(overrides, names, strict=True)
        if name in Experiment.model_fields or name.startswith("source.")
    ]
    return anchored(apply_settings({}, whole), None)


def finish(action: Callable[[], _T]) -> _T:
    """Run something long; when it is interrupted, say how to go on (typer itself would end without a word)."""
    try:
        return action()
    except KeyboardInterrupt as err:
        print(f"workbench: {err or 'interrupted.'}", file=sys.stderr)
        raise typer.Exit(EXIT_INTERRUPTED) from err


def _run_and_show(
    settings: Settings,
    bench: Workbench,
    experiment: Experiment,
    output: Path | None,
    workers: int | None = None,
) -> None:
    finished = finish(lambda: bench.run(experiment, workers=workers, progress=progress_of(settings)))
    _show_run(settings, finished, output)


def _show_run(settings: Settings, run: Run, output: Path | None) -> None:
    from workbench.cli.results import print_summary

    if settings.json:
        print_json(_run_document(run, output))
        return
    path = run.report(output)
    print_summary(run)
    print(f"Report: {path}")


def _run_document(run: Run, output: Path | None) -> dict[str, Any]:
    from workbench.cli.results import summary_records

    return {
        "run": run.id,
        "status": run.status,
        "seconds": run.seconds,
        "summary": summary_records(run),
        "report": str(run.report(output)),
        "audit": None,
        "trial": None if run.trial is None else run.trial["number"],
    }


def _show_plan(settings: Settings, bench: Workbench, experiment: Experiment) -> None:
    from workbench.cli.tables import print_table

    rows: list[dict[str, Any]] = [
        {
            "fold": task.fold.number,
            "model": task.model,
            "symbols": ", ".join(task.symbols),
            "seed": task.seed,
            "tests": f"{str(task.serves[0].test_from)[:16]} .. {str(task.serves[-1].test_until)[:16]}",
            "key": task.key if settings.json else task.key[:12],
        }
        for task in bench.plan(experiment)
    ]
    if settings.json:
        print_json({"tasks": rows})
        return
    print_table(rows)
    print(f"{len(rows)} fits. Nothing was run. Times are when bars become known, UTC.")


def progress_of(settings: Settings) -> Any:
    """Show a bar on a terminal, nothing elsewhere."""
    if settings.json or not sys.stderr.isatty():
        return None
    from workbench.cli.progress import ProgressBar

    return ProgressBar()
