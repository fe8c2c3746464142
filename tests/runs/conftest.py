"""A small experiment on made-up bars, quick enough to be run in many ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb


def make_random_walk(n: int = 160, seed: int = 1, start: str = "2020-01-01") -> pd.DataFrame:
    """Bars of a seeded geometric random walk on business days."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    open_ = close * np.exp(rng.normal(0, 0.003, n))
    return pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) * 1.002,
            "low": np.minimum(open_, close) * 0.998,
            "close": close,
            "volume": rng.integers(1_000, 9_000, n).astype(float),
        },
        index=pd.bdate_range(start, periods=n, name="date"),
    )


@pytest.fixture(scope="session")
def random_walk():
    return make_random_walk


@pytest.fixture(scope="session")
def bars() -> pd.DataFrame:
    return make_random_walk()


def _experiment(csv: Path) -> wb.Experiment:
    return wb.Experiment(
        name="walk",
        source=wb.use("csv", path=str(csv)),
        symbols=["WALK"],
        lookback=5,
        features=["log_return", wb.use("sma", window=3)],
        forecasters=[wb.use("lstm", hidden=4, epochs=2)],
        baselines=["drift"],
        folds=wb.WalkForward(train_size=80, test_size=20),
        seeds=[1, 2],
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory, bars) -> tuple[wb.Workbench, wb.Run]:
    """A bench with one finished run, for tests that only look at it or add to it."""
    folder = tmp_path_factory.mktemp("shared")
    bars.to_csv(folder / "WALK.csv")
    bench = wb.Workbench(folder / "store.duckdb")
    return bench, bench.run(_experiment(folder / "WALK.csv"), workers=1)


@pytest.fixture
def csv(bars, tmp_path) -> Path:
    """The bars as a file, so that an experiment on them can be written to TOML and read back."""
    path = tmp_path / "WALK.csv"
    bars.to_csv(path)
    return path


@pytest.fixture
def experiment(csv) -> wb.Experiment:
    return _experiment(csv)


@pytest.fixture
def bench(tmp_path) -> wb.Workbench:
    return wb.Workbench(tmp_path / "store.duckdb")
