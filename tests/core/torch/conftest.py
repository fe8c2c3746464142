"""Windows, contexts and small forecasters for the tests of `workbench.torch`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

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


def sine_windows(
    n: int = 120, lookback: int = 8, horizon: int = 2, n_features: int = 2, seed: int = 0, first: int = 0
) -> Windows:
    """Windows on a noisy sine; `y` are its next values."""
    rng = np.random.default_rng(seed)
    n_rows = first + n + lookback - 1
    wave = np.sin(np.arange(n_rows + horizon) / 3) + 0.1 * rng.standard_normal(n_rows + horizon)
    values = np.column_stack([wave[:n_rows], rng.standard_normal((n_rows, n_features - 1))])
    ends = np.arange(first + lookback - 1, n_rows)
    return Windows(
        values=values.astype(np.float32),
        ends=ends,
        lookback=lookback,
        horizon=horizon,
        feature_names=tuple(f"f{i}" for i in range(n_features)),
        symbols=np.full(n, "A", dtype=object),
        origins=np.datetime64("2020-01-01") + ends,
        last_price=np.ones(n),
        y=np.column_stack([wave[ends + k] for k in range(1, horizon + 1)]),
    )


class Curve:
    """Keeps what a fit reports."""

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.train: list[float] = []
        self.validation: list[float | None] = []
        self.forecasts: list[FloatArray | None] = []

    def __call__(self, epoch, train_loss, validation_loss=None, validation_forecast=None) -> None:
        self.epochs.append(epoch)
        self.train.append(train_loss)
        self.validation.append(validation_loss)
        self.forecasts.append(validation_forecast)


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
def curve() -> Curve:
    return Curve()


@pytest.fixture
def context(curve: Curve) -> FitContext:
    return FitContext(seed=7, target=Steps(), horizon=2, feature_names=("f0", "f1"), symbols=("A",), report=curve)


@pytest.fixture
def without_y() -> Callable[[Windows], Windows]:
    return lambda windows: replace(windows, y=None)
