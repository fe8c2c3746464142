"""Windows, contexts and bars for the tests of `workbench.sklearn`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from workbench import FitContext, FloatArray, Target, Windows


class Steps(Target, name="steps"):
    """A target of which persistence is zero."""

    def compute(self, bars, horizon):
        raise NotImplementedError

    def to_price(self, forecast, last_price):
        return None

    def persistence(self, windows: Windows) -> FloatArray:
        return np.zeros((len(windows), windows.horizon))


def noisy_windows(n: int = 80, lookback: int = 4, horizon: int = 1, n_features: int = 2, seed: int = 0) -> Windows:
    """Windows of noise; `y` is a line through the first feature, and noise."""
    rng = np.random.default_rng(seed)
    n_rows = n + lookback - 1
    values = rng.standard_normal((n_rows, n_features)).astype(np.float32)
    ends = np.arange(lookback - 1, n_rows)
    return Windows(
        values=values,
        ends=ends,
        lookback=lookback,
        horizon=horizon,
        feature_names=tuple(f"f{i}" for i in range(n_features)),
        symbols=np.full(n, "A", dtype=object),
        origins=np.datetime64("2020-01-01") + ends,
        last_price=np.ones(n),
        y=0.5 * values[ends, :1] + 0.1 * rng.standard_normal((n, horizon)),
    )


def random_walk(n: int = 160, seed: int = 1) -> pd.DataFrame:
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
        index=pd.bdate_range("2020-01-01", periods=n, name="date"),
    )


@pytest.fixture
def make_windows() -> Callable[..., Windows]:
    return noisy_windows


@pytest.fixture
def make_context() -> Callable[..., FitContext]:
    def make(seed: int = 7, horizon: int = 1) -> FitContext:
        return FitContext(seed=seed, target=Steps(), horizon=horizon, feature_names=("f0", "f1"), symbols=("A",))

    return make


@pytest.fixture
def fit(make_context):
    """Fit a forecaster on windows; the seed may be given."""

    def fit(forecaster, windows, seed=7):
        return forecaster.fit(windows, None, make_context(seed=seed, horizon=windows.horizon))

    return fit


@pytest.fixture(scope="session")
def bars() -> pd.DataFrame:
    return random_walk()


@pytest.fixture
def csv(bars, tmp_path):
    path = tmp_path / "WALK.csv"
    bars.to_csv(path)
    return path
