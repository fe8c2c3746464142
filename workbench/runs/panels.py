"""Bars to look at: of a file, a frame, a source or the store, before any experiment is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.contracts.arrays import Bars
from workbench.contracts.panel import Panel
from workbench.errors import DataError, ExperimentError, did_you_mean
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import resolve
from workbench.runs.datasets import fetch_series, make_panel

if TYPE_CHECKING:
    import pandas as pd

    from workbench.registry.registry import Registry
    from workbench.runs.bench import Workbench
    from workbench.runs.records import RunStore

_FILES = frozenset({".csv", ".txt", ".tsv", ".parquet", ".pq"})


def read_panel(
    bench: Workbench, registry: Registry, store: RunStore, data: str | Path | pd.DataFrame, **fields: Any
) -> Panel:
    """Return the bars of a file, a folder, a frame, `source:symbol`, or a series of the store.

    A text that is the path of a file is read from there; else it is looked for in the store; else it has to be a
    folder, or `source:symbol`.

    Parameters
    ----------
    bench : Workbench
    registry : Registry
    store : RunStore
        Keeps what remote sources give; nothing else is written.
    data : str, Path or DataFrame
    **fields
        Fields of `Experiment` that decide on bars, such as `start`, `symbols`, `adjust` or `source`. Without
        `missing`, bars that lack a price are kept as they are.

    Raises
    ------
    DataError
        It is none of these, or cannot be read.
    RequestError
        It is the symbol of several series of the store.
    """
    info = stored_series(bench, data)
    if info is not None:
        return _panel({info["symbol"]: bench.bars(info["series"])}, _of_the_store(info, fields), fields)
    if isinstance(data, str) and not _is_file(data) and ":" not in data and not Path(data).expanduser().exists():
        raise DataError(_unknown(bench, data))
    asked = bench.quick(data, **{"forecasters": ["persistence"], **fields})
    fetched = fetch_series(resolve(asked, registry), store)
    return _panel({item.symbol: item.bars for item in fetched}, asked, fields)


def stored_series(bench: Workbench, data: Any) -> dict[str, Any] | None:
    """Find the series of the store that `read_panel` would take; None where it would read something else."""
    if not isinstance(data, str) or _is_file(data) or not bench.path.exists():
        return None
    try:
        return bench.find_series(data)
    except DataError:
        return None


def _panel(bars: dict[str, Bars], asked: Experiment, fields: dict[str, Any]) -> Panel:
    return make_panel(bars, asked, keep_missing="missing" not in fields)[0]


def _of_the_store(info: dict[str, Any], fields: dict[str, Any]) -> Experiment:
    """Ask for bars of a series of the store, whose source, symbol and interval are settled."""
    settled = {"source": info["source"], "symbols": info["symbol"], "interval": info["interval"]}
    for name in settled:
        if name in fields:
            raise ExperimentError(
                f"`{name}` cannot be set: {info['series']!r} is a series of the store, and its bars are as they were "
                "read. Give the file or the source itself."
            )
    return Experiment(**fields, **settled)


def _is_file(text: str) -> bool:
    path = Path(text).expanduser()
    return path.suffix.lower() in _FILES or path.is_file()


def _unknown(bench: Workbench, name: str) -> str:
    where, known = f"there is no file {name!r}", list[str]()
    if bench.path.exists():
        rows = bench.series()
        known = sorted({*rows["series"], *rows["symbol"]})
        where += ", and the store has no series of that name"
    else:
        where += f", and no store {str(bench.path)!r} that could hold a series of that name"
    near = did_you_mean(name, [*known, *_files_beside(name)])
    return f"{where}.{near} Give a file, a folder, `source:symbol`, or a series that `workbench data list` shows."


def _files_beside(name: str) -> list[str]:
    folder = Path(name).expanduser().parent
    return [str(folder / entry.name) for entry in folder.iterdir()] if folder.is_dir() else []
