"""A small experiment that is quick enough to be run beside every kind of broken plugin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb


@pytest.fixture(scope="session")
def csv(tmp_path_factory) -> Path:
    rng = np.random.default_rng(4)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 100)))
    bars = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close, "volume": 1000.0}
    path = tmp_path_factory.mktemp("data") / "WALK.csv"
    pd.DataFrame(bars, index=pd.bdate_range("2020-01-01", periods=100, name="date")).to_csv(path)
    return path


@pytest.fixture(scope="session")
def experiment(csv) -> wb.Experiment:
    return wb.Experiment(
        name="walk",
        source=wb.use("csv", path=str(csv)),
        symbols=["WALK"],
        lookback=5,
        forecasters=["drift"],
        baselines=[],
        folds=wb.Holdout(0.2),
        strategy=None,
    )


@pytest.fixture(scope="session")
def undisturbed(experiment, tmp_path_factory) -> wb.Run:
    """The experiment, run where nothing is broken."""
    return wb.Workbench(tmp_path_factory.mktemp("undisturbed") / "s.duckdb").run(experiment, workers=1)


@pytest.fixture
def bench(tmp_path) -> wb.Workbench:
    return wb.Workbench(tmp_path / "s.duckdb")
