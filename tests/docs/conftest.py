"""A folder like a reader's, with files of bars in it, and the tools of the documentation."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))  # `generate`, `snippets` and `blocks` are scripts, not a package


def make_bars(seed: int, n: int = 260) -> pd.DataFrame:
    """Bars of a seeded geometric random walk, as vendors write them."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    open_ = close * np.exp(rng.normal(0, 0.003, n))
    columns = {
        "Open": open_,
        "High": np.maximum(open_, close) * 1.002,
        "Low": np.minimum(open_, close) * 0.998,
        "Close": close,
        "Volume": rng.integers(1_000, 9_000, n),
    }
    return pd.DataFrame(columns, index=pd.bdate_range("2021-01-04", periods=n, name="Date")).round(6)


@pytest.fixture
def reader(tmp_path, monkeypatch) -> Path:
    """The working directory of a reader: `mine.csv` with one symbol, `panel.csv` with two."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)  # workers of pytest-xdist have it set
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)
    make_bars(1).to_csv("mine.csv")
    pd.concat({"AAA": make_bars(1), "BBB": make_bars(2)}, names=["Symbol"]).reset_index().to_csv(
        "panel.csv", index=False
    )
    yield tmp_path
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def empty_reports(monkeypatch) -> None:
    """Write reports without content: drawing them takes longer than everything else."""

    def report(run, path=None):
        file = Path(path or f"{run.name}-{run.id}.html")
        file.touch()
        return file

    monkeypatch.setattr(wb.Run, "report", report)
    monkeypatch.setattr(wb.Search, "report", report)
