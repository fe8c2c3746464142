"""Toys shared by the tests of the core: lively bars, panels of them, and a registry of nothing but toys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import Panel


def _toy_bars(n_bars: int = 120, seed: int = 3, start: str = "2020-01-01", freq: str = "B") -> pd.DataFrame:
    """Daily bars of a lively random walk, known a day after their label; positive throughout."""
    rng = np.random.default_rng(seed)
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, n_bars)))
    open_ = close * np.exp(rng.normal(0.0, 0.01, n_bars))
    index = pd.date_range(start, periods=n_bars, freq=freq, name="time", unit="ns")
    return pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) * np.exp(rng.uniform(0.001, 0.01, n_bars)),
            "low": np.minimum(open_, close) * np.exp(-rng.uniform(0.001, 0.01, n_bars)),
            "close": close,
            "volume": rng.integers(1_000, 9_000, n_bars).astype(float),
            "known_at": (index + pd.Timedelta(days=1)).to_numpy(),
        },
        index=index,
    )


def _toy_panel(n_bars: int = 120, symbols: tuple[str, ...] = ("AAA",), seed: int = 3) -> Panel:
    """A panel whose symbols keep different calendars: business days, then every day."""
    calendars = ["B", "D"]
    frames = {s: _toy_bars(n_bars, seed + i, freq=calendars[i % 2]) for i, s in enumerate(symbols)}
    return Panel(frames)


@pytest.fixture(scope="session")
def toy_bars() -> Callable[..., pd.DataFrame]:
    return _toy_bars


@pytest.fixture(scope="session")
def toy_panel() -> Callable[..., Panel]:
    return _toy_panel


@pytest.fixture
def plugin_folder(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put fake distributions of `tests/data/plugins` on `sys.path`, as pip would have installed them."""

    def install(name: str) -> Path:
        folder = Path(__file__).parents[1] / "data" / "plugins" / name
        assert folder.is_dir(), folder
        monkeypatch.syspath_prepend(str(folder))
        return folder

    return install
