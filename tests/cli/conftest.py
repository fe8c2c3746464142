"""The command line in a folder of its own, called as a person would, without the cost of a process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.cli import main

EXPERIMENT = """
name = "small"
symbols = ["GOOG"]
tail = 300
lookback = 5
baselines = ["mean"]

[source]
use = "sample"

[[forecasters]]
use = "drift"

[folds]
train_size = 200
test_size = 50
"""


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)  # workers of pytest-xdist have it set
    return tmp_path


@pytest.fixture
def workbench(folder, capsys) -> Callable[..., Answer]:
    def call(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in arguments])
        printed = capsys.readouterr()
        return Answer(int(ended.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture
def small(folder) -> Path:
    path = folder / "small.toml"
    path.write_text(EXPERIMENT)
    return path


@pytest.fixture
def random_walk_csv(folder) -> Path:
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 160)))
    frame = pd.DataFrame({"Date": pd.bdate_range("2020-01-01", periods=160), "Open": close, "Close": close})
    frame["High"], frame["Low"], frame["Volume"] = close * 1.01, close * 0.99, 1000.0
    path = folder / "WALK.csv"
    frame.to_csv(path, index=False)
    return path
