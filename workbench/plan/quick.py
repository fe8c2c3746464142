"""Sensible defaults: from a path, a frame or `source:symbol` to a whole experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from workbench.contracts.calling import calling
from workbench.contracts.folds import Holdout, WalkForward
from workbench.contracts.intervals import Interval, infer_interval
from workbench.contracts.source import DataSource, call_source, listed_symbols
from workbench.contracts.use import Use, as_use, use
from workbench.data.bars import cut, read_labels
from workbench.data.resampling import resampled_labels
from workbench.data.sessions import session_dates
from workbench.errors import DataError, ExperimentError
from workbench.plan.experiment import Experiment
from workbench.plan.universe import with_universe
from workbench.registry.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

N_FOLDS = 5
"""Test blocks of a quick run."""
_PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".txt", ".tsv", ".csv.gz", ".csv.zip", ".txt.gz", ".tsv.gz")
TRAIN_SHARE = 0.6
"""Share of the bars before the first test block."""


Read: TypeAlias = "Callable[[DataSource, str, str | None, str | None, str], pd.DataFrame]"
"""Takes a source, a symbol, a first and a last date and an interval; gives bars."""


def quick_experiment(
    data: str | Path | pd.DataFrame, registry: Registry, read: Read = call_source, /, **fields: Any
) -> Experiment:
    """Make an experiment for a series, filling in what `fields` does not say.

    The interval is read off the bars; folds are an expanding walk-forward of five test blocks over the last
    40 % of the bars; drift is a baseline. Everything else has the defaults of `Experiment`.

    Parameters
    ----------
    data : str, Path or DataFrame
        A CSV or Parquet file, a folder of them, a frame of bars, or `source:symbol` such as `sample:GOOG`.
    registry : Registry
    read : callable, default=call_source
        How to get the bars, so that remote sources need not be asked twice.
    **fields
        Fields of `Experiment` that are already decided. One symbol names the series of a frame without a
        column of symbols; a mapping for `source` adds parameters to the source that `data` names.

    Raises
    ------
    ExperimentError
        `data` is none of these, or its source needs parameters.
    DataError
        The data cannot be read, or are too few.
    """
    wanted = fields.pop("symbols", None)
    chosen, symbol = read_source(data)
    if chosen.name == "frame" and (named := _only(wanted)):  # a frame of one symbol need not say its name
        chosen = use("frame", frame=data, symbol=named)
    chosen = _with_params(chosen, fields.pop("source", {}), registry)
    source = registry.create("source", chosen, DataSource)
    symbols = wanted or ([symbol] if symbol else [] if fields.get("universe") else listed_symbols(source))
    if not symbols and not fields.get("universe"):
        raise DataError(f"{str(data)!r} holds no symbol.")
    settled = {
        "source": chosen,
        "symbols": symbols,
        "baselines": [] if "drift" in _names(fields.get("forecasters")) else ["drift"],
    }
    until_known = {**settled, **fields, "resample": None}  # its interval is read off first
    asked, _ = with_universe(Experiment(**until_known), source, None)
    first = asked.symbols[0]
    with calling(source, "intervals"):
        known = source.intervals(first)
    interval = asked.interval if "interval" in fields else known[0] if known else None
    labels = read_labels(read(source, first, asked.start, asked.end, interval or asked.interval))
    read_off = {
        "name": first.lower() if len(asked.symbols) == 1 else "panel",
        "interval": interval or _read_off(labels, data, first),
    }
    whole = asked.replace(**{**read_off, **fields})
    return whole if "folds" in fields else whole.replace(folds=default_folds(_n_bars(labels, first, whole)))


def _read_off(labels: pd.DatetimeIndex, data: object, symbol: str) -> str:
    """Return the interval of bars, or say of which data it cannot be told."""
    try:
        return str(infer_interval(labels))
    except DataError as err:
        raise DataError(f"{str(data) if isinstance(data, (str, Path)) else symbol!r}: {err}") from None


def _with_params(chosen: Use, given: Any, registry: Registry) -> Use:
    """Add the parameters that are given for a source; say how the others are that it cannot do without."""
    chosen = as_use({**chosen.to_dict(), **given}) if isinstance(given, Mapping) else as_use(given)
    known = (chosen.plugin or registry.find("source", chosen.name).cls).model_fields
    for name in known:
        if known[name].is_required() and name not in chosen.params:
            raise ExperimentError(
                f"the source {chosen.name!r} needs the parameter `{name}`; give it with `--set source.{name}=...`, or "
                f"in an experiment file."
            )
    return chosen


def _only(symbols: Any) -> str | None:
    listed = [symbols] if isinstance(symbols, str) else list(symbols or ())
    return listed[0] if len(listed) == 1 and isinstance(listed[0], str) else None


def _n_bars(labels: pd.DatetimeIndex, symbol: str, asked: Experiment) -> int:
    """Count the bars that are left of what a source gave; it may give more than was asked for."""
    import pandas as pd

    interval, calendar = Interval.parse(asked.interval), asked.calendar_of(symbol)
    dates = session_dates(labels, interval, calendar)
    left = pd.DatetimeIndex(cut(pd.DataFrame(index=labels), asked.start, asked.end, None, dates=dates).index)
    if asked.resample is not None and len(left):
        left = resampled_labels(left, interval, Interval.parse(asked.resample), calendar)
    return min(len(left), asked.tail or len(left))


def _names(forecasters: Any) -> set[str]:
    listed = forecasters if isinstance(forecasters, (list, tuple)) else [forecasters]
    return {as_use(item).name for item in listed if item is not None}


def default_folds(n_bars: int) -> WalkForward | Holdout:
    """Choose folds for a series of `n_bars`: walk-forward where there is room for it, else one split."""
    train_size = int(TRAIN_SHARE * n_bars)
    test_size = -(-(n_bars - train_size) // N_FOLDS)
    return WalkForward(train_size, test_size, expand_train=True) if n_bars >= 100 else Holdout(0.2)


def read_source(data: str | Path | pd.DataFrame) -> tuple[Use, str | None]:
    """Turn what a user hands in into a source and, where it is named, a symbol."""
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return use("frame", frame=data), None
    if not isinstance(data, (str, Path)):
        raise ExperimentError(f"expected a path, a DataFrame or 'source:symbol', got {type(data).__name__}.")
    path = Path(data).expanduser()
    if path.is_dir():
        return use(_source_of(path), path=str(path)), None
    if path.suffix.lower() in _PARQUET:
        return use("parquet", path=str(path)), None
    if path.exists() or path.name.lower().endswith(_TEXT):
        return use("csv", path=str(path)), None
    name, colon, symbol = str(data).partition(":")
    if colon and name and symbol:
        return use(name), symbol
    raise DataError(f"{str(data)!r} is no file or folder, and not of the form 'source:symbol' such as 'sample:GOOG'.")


def _source_of(folder: Path) -> str:
    """Return the source that reads the files of a folder."""
    endings = {"".join(path.suffixes[-2:]).lower() for path in folder.iterdir() if path.is_file()}
    parquet = any(ending.endswith(_PARQUET) for ending in endings)
    text = any(ending.endswith(_TEXT) for ending in endings)
    if parquet and text:
        raise DataError(
            f"the folder {str(folder)!r} holds files of text and Parquet files; say which to read in an experiment "
            'file, with `use = "csv"` or `use = "parquet"` and this `path`.'
        )
    if not parquet and not text:
        raise DataError(f"the folder {str(folder)!r} holds no file that ends in {', '.join((*_TEXT[:3], *_PARQUET))}.")
    return "parquet" if parquet else "csv"
