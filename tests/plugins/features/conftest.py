from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest


def _toy_bars(n_bars: int = 300, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, n_bars)))
    open_ = close * np.exp(rng.normal(0.0, 0.01, n_bars))
    return pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) * np.exp(rng.uniform(0.001, 0.01, n_bars)),
            "low": np.minimum(open_, close) * np.exp(-rng.uniform(0.001, 0.01, n_bars)),
            "close": close,
            "volume": rng.integers(1_000, 9_000, n_bars).astype(float),
        },
        index=pd.bdate_range("2020-01-01", periods=n_bars, name="time"),
    )


@pytest.fixture
def bars() -> pd.DataFrame:
    """Three hundred lively daily bars."""
    return _toy_bars()


@pytest.fixture
def toy_bars() -> Callable[..., pd.DataFrame]:
    return _toy_bars


@pytest.fixture
def assert_blind_to_the_future() -> Callable[..., None]:
    """Compare a feature on the whole series with the same on series whose future is cut off or changed."""
    return _assert_blind_to_the_future


def _assert_blind_to_the_future(make: Callable[[], Any], bars: pd.DataFrame, cuts: Iterable[int]) -> None:
    whole = _computed(make(), bars)
    for cut in cuts:
        for what, other in _with_other_future(bars, cut).items():
            before = _computed(make(), other)[:cut]
            if not np.array_equal(before, whole[:cut], equal_nan=True):  # quick, and nearly always true
                np.testing.assert_allclose(
                    before, whole[:cut], rtol=1e-9, atol=1e-12, err_msg=f"future {what} from row {cut}"
                )


def _computed(feature: Any, bars: pd.DataFrame) -> np.ndarray:
    return feature.compute(bars).to_numpy().reshape(len(bars), -1)


def _with_other_future(bars: pd.DataFrame, cut: int) -> dict[str, pd.DataFrame]:
    noise = np.exp(np.random.default_rng(cut).normal(0.0, 0.5, (len(bars) - cut, 1)))
    changed = {"cut off": bars.iloc[:cut]}
    for what, factor in {"tripled": 3.0, "at a third": 1 / 3, "noisy": noise}.items():
        values = bars.to_numpy().copy()
        values[cut:] *= factor
        changed[what] = pd.DataFrame(values, index=bars.index, columns=bars.columns)
    return changed
