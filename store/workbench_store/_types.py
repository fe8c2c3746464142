"""The records that go into the store and come out of it. All moments are UTC without a time zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from workbench_store._errors import StoreError

RunStatus = Literal["running", "finished", "failed", "interrupted"]
TaskStatus = Literal["planned", "finished", "failed"]

_PICKLE_SUFFIXES = {".pkl", ".pickle", ".joblib", ".pt", ".pth"}


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """Where the bars of one series come from.

    Parameters
    ----------
    series : str
        The key of the series in the store, chosen by the caller.
    source, symbol, interval : str
        Source name, symbol and bar length (`"1d"`).
    location : str or None
        File or address it was read from.
    """

    series: str
    source: str
    symbol: str
    interval: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class DataVersion:
    """Exactly which bars somebody saw: a series, at a revision, up to and including a moment.

    Parameters
    ----------
    series, symbol : str
        Key of the series and its symbol.
    revision : int
        Revision of the series, from 1.
    end : datetime
        `time` of the last row (UTC, the moment that bar became known).
    sha256 : str
        Hash of the content of the rows up to `end`, whatever revisions they came in.
    n_rows : int
        Number of rows up to `end`.
    context : str or None
        What the run called it, where it was another series beside those of the run's symbols.
    """

    series: str
    symbol: str
    revision: int
    end: datetime
    sha256: str
    n_rows: int
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """One question to a source that is asked for what is missing only, and how far its answer reaches.

    Parameters
    ----------
    series : str
        Key of the series.
    fetched_at : datetime
        When it was asked (UTC).
    first, last : datetime or None
        Labels between which nothing needs to be asked again, both included. `first` is None from the beginning of
        the series; `last` is None where the answer settled nothing.
    asked_until : datetime
        Last label that was asked for; what lies between `last` and this may still come.
    n_rows : int
        Bars that the answer held.
    revision : int
        Revision of the series after it.
    """

    series: str
    fetched_at: datetime
    first: datetime | None
    last: datetime | None
    asked_until: datetime
    n_rows: int
    revision: int


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One fit of a run's plan, and what became of it.

    Parameters
    ----------
    key : str
        Hash of everything the result depends on.
    model : str
        Label of the forecaster.
    symbols : tuple of str
        Symbols fitted together.
    fold : int
        Position of the fold, from 0.
    seed : int or None
        The first seed of the run for a forecaster without randomness.
    status : {"planned", "finished", "failed"}
    seconds : float or None
        Time the fit took.
    error : str or None
        Why it failed.
    finished_at : datetime or None
        When it ended (UTC).
    """

    key: str
    model: str
    symbols: tuple[str, ...]
    fold: int
    seed: int | None
    status: TaskStatus = "planned"
    seconds: float | None = None
    error: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PluginRecord:
    """A plugin that a run used, and where its code came from.

    Parameters
    ----------
    kind, name : str
        `"forecaster"`, `"lstm"`.
    distribution, version : str or None
        The installed distribution, if it has one.
    origin : str or None
        Module or file.
    sha256 : str or None
        Hash of the file, for a plugin that is not installed.
    """

    kind: str
    name: str
    distribution: str | None = None
    version: str | None = None
    origin: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A fitted model as the small files that its `save(folder)` wrote. Never a pickle.

    Parameters
    ----------
    key : str
        Key of the task that fitted it.
    model : str
        Label of the forecaster.
    symbols : tuple of str
    fold : int
    seed : int or None
    files : mapping of str to bytes
        Relative names with forward slashes, and contents.

    Raises
    ------
    StoreError
        If a name leaves the folder or names a pickle.
    """

    key: str
    model: str
    symbols: tuple[str, ...]
    fold: int
    seed: int | None
    files: Mapping[str, bytes]

    def __post_init__(self) -> None:
        if not self.files:
            raise StoreError(f"model {self.model!r} (task {self.key}) has no files; save it before storing it.")
        for name in self.files:
            _check_file_name(name)

    @classmethod
    def from_folder(cls, folder: str | Path, task: TaskRecord) -> ModelFiles:
        """Read every file below `folder` as the model that `task` fitted."""
        root = Path(folder)
        paths = sorted(path for path in root.rglob("*") if path.is_file())
        files = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
        return cls(task.key, task.model, task.symbols, task.fold, task.seed, files)

    def write(self, folder: str | Path) -> None:
        """Write the files below `folder`, making it if need be."""
        for name, content in self.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run and the experiment it ran.

    `finished_at`, `seconds`, `summary` and `verdict` are known once the run has finished, `error` once it
    has failed or was interrupted. `run`, `name`, `experiment` (content hash), `toml` and `spec` say what was
    asked; `data` and `provenance` what it saw and where.
    """

    run: str
    name: str
    experiment: str
    toml: str
    status: RunStatus
    created_at: datetime
    finished_at: datetime | None
    seconds: float | None
    verdict: str | None
    error: str | None
    data: tuple[DataVersion, ...]
    provenance: Mapping[str, object]
    summary: object
    spec: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting tried on one series over one test period.

    Parameters
    ----------
    run, model : str
        Who tried it.
    series, interval, target : str
        What it was tried on.
    test_start, test_end : datetime
        First and last target time of the test (UTC).
    settings : mapping
        All that makes the trial a different one: forecaster, features, lookback, ... Equal settings are one
        trial.
    returns : sequence of float
        Returns per bar of the strategy over the test period; may be empty.
    sharpe : float or None
        Sharpe ratio per bar; None where undefined.
    """

    run: str
    model: str
    series: str
    interval: str
    target: str
    test_start: datetime
    test_end: datetime
    settings: Mapping[str, object]
    returns: Sequence[float]
    sharpe: float | None


@dataclass(frozen=True, slots=True)
class TrialCount:
    """How often one stretch of data has been asked.

    Parameters
    ----------
    n_trials : int
        Number of distinct settings.
    first_recorded : datetime or None
        When the first of them was recorded (UTC); None without trials.
    sharpes : tuple of float
        The newest Sharpe ratio per bar of each setting that has one.
    """

    n_trials: int
    first_recorded: datetime | None
    sharpes: tuple[float, ...]


def _check_file_name(name: str) -> None:
    path = Path(name)
    if not name or "\\" in name or path.is_absolute() or ".." in path.parts:
        raise StoreError(f"model file {name!r} does not stay inside its folder; use a plain relative name.")
    if path.suffix.lower() in _PICKLE_SUFFIXES:
        raise StoreError(
            f"model file {name!r} looks like a pickle, which can run code when it is loaded; "
            "save weights as safetensors and the rest as JSON."
        )
