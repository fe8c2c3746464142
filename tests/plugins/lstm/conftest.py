"""Windows on a noisy sine, and contexts, for the LSTM tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from workbench import FitContext, FloatArray, Target, Windows


class Steps(Target, name="steps"):
    """A target of which persistence is zero."""

    def compute(self, bars, horizon):
        raise NotImplementedError

    def to_price(self, forecast, last_price):
        return None

    def persistence(self, windows: Windows) -> FloatArray:
        return np.zeros((len(windows), windows.horizon))


def sine_windows(n: int = 200, lookback: int = 10, horizon: int = 3, seed: int = 0) -> Windows:
    rng = np.random.default_rng(seed)
    wave = np.sin(np.arange(n + lookback + horizon) / 4)
    wave += 0.05 * rng.standard_normal(len(wave))
    ends = np.arange(lookback - 1, lookback - 1 + n)
    return Windows(
        values=np.column_stack([wave, np.gradient(wave)]).astype(np.float32)[: ends[-1] + 1],
        ends=ends,
        lookback=lookback,
        horizon=horizon,
        feature_names=("wave", "slope"),
        symbols=np.full(n, "A", dtype=object),
        origins=np.datetime64("2020-01-01") + ends,
        last_price=np.ones(n),
        y=np.column_stack([wave[ends + k] for k in range(1, horizon + 1)]),
    )


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def make_windows() -> Callable[..., Windows]:
    return sine_windows


@pytest.fixture
def train_losses() -> list[float]:
    """Filled by the fits that `context` is given to."""
    return []


@pytest.fixture
def context(train_losses: list[float]) -> FitContext:
    def report(epoch, train_loss, validation_loss=None, validation_forecast=None) -> None:
        train_losses.append(train_loss)

    return FitContext(
        seed=11,
        target=Steps(),
        horizon=3,
        feature_names=("wave", "slope"),
        symbols=("A",),
        report=report,
    )
