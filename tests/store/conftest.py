from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench_store import DataVersion, SeriesInfo, Store, TaskRecord


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "empty.duckdb"
    with Store(path).transaction():
        pass
    return path


@pytest.fixture
def new_store(tmp_path: Path) -> Store:
    """A store whose file does not exist yet."""
    return Store(tmp_path / "research.duckdb", timeout=10)


@pytest.fixture
def store(new_store: Store, empty_file: Path) -> Store:
    """A store without content; copying the file is quicker than creating it."""
    shutil.copy(empty_file, new_store.path)
    return new_store


@pytest.fixture
def nflx() -> SeriesInfo:
    return SeriesInfo("csv:NFLX:1d", "csv", "NFLX", "1d", "NFLX.csv")


@pytest.fixture
def make_bars() -> Callable[..., pd.DataFrame]:
    def make(n: int, first: str = "2024-01-02", **extra: object) -> pd.DataFrame:
        session = pd.date_range(first, periods=n, freq="B").as_unit("us")
        close = 100.0 + np.arange(n)
        prices = {"open": close - 0.5, "high": close + 1, "low": close - 1, "close": close, "volume": close * 1e3}
        time = pd.DatetimeIndex(session + pd.Timedelta("21h"), name="time")
        return pd.DataFrame({"session": session, **prices, **extra}, index=time)

    return make


@pytest.fixture
def tasks() -> list[TaskRecord]:
    return [
        TaskRecord("a0", "lstm", ("NFLX",), 0, 7),
        TaskRecord("b0", "persistence", ("NFLX",), 0, None),
        TaskRecord("a1", "lstm", ("NFLX",), 1, 7),
        TaskRecord("b1", "persistence", ("NFLX",), 1, None),
    ]


@pytest.fixture
def begin(store: Store, tasks: list[TaskRecord]) -> Callable[..., str]:
    """Begin a run with sensible defaults and return its id."""

    def begin(name: str = "netflix", symbols: tuple[str, ...] = ("NFLX",), **changes: Any) -> str:
        end = datetime(2024, 1, 31, 21)
        data = [DataVersion(f"csv:{symbol}:1d", symbol, 1, end, "ab" * 32, 22) for symbol in symbols]
        settings = {
            "experiment": "e1",
            "toml": 'name = "netflix"\n',
            "spec": {"name": "netflix", "seeds": [7]},
            "data": data,
            "provenance": {"python": "3.11"},
            "tasks": tasks,
        }
        return store.create_run(name=name, **(settings | changes))

    return begin


@pytest.fixture
def make_forecasts() -> Callable[..., pd.DataFrame]:
    def make(fold: int, *, model: str = "lstm", seed: int | None = 7, n: int = 3) -> pd.DataFrame:
        origin = pd.date_range("2024-02-01 21:00", periods=n, freq="D").as_unit("us") + pd.Timedelta(days=30 * fold)
        return pd.DataFrame(
            {
                "model": model,
                "symbol": "NFLX",
                "seed": pd.array([seed] * n, dtype="Int64"),
                "fold": fold,
                "origin": origin,
                "step": 1,
                "target_time": origin + pd.Timedelta(days=1),
                "last_price": 100.0,
                "forecast": np.linspace(-0.01, 0.01, n),
                "expected_return": [np.nan, *[0.01] * (n - 1)],
            }
        )

    return make


@pytest.fixture
def make_learning() -> Callable[..., pd.DataFrame]:
    def make(fold: int) -> pd.DataFrame:
        columns = {"model": "lstm", "seed": 7, "fold": fold, "epoch": [1, 2], "train_loss": [0.5, 0.25]}
        return pd.DataFrame(columns).assign(symbol="NFLX", validation_loss=[0.6, np.nan])

    return make


@pytest.fixture
def other_process() -> Callable[..., AbstractContextManager[Popen[str]]]:
    """Run code in another Python while a block runs; the block begins when the code has printed a line."""

    @contextmanager
    def run(code: str, *args: object) -> Iterator[Popen[str]]:
        command = [executable, "-c", code, *map(str, args)]
        with Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as process:
            try:
                assert process.stdout and process.stderr
                assert process.stdout.readline(), process.stderr.read()
                yield process
            finally:
                process.kill()

    return run
