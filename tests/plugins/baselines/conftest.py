"""Targets and windows, by hand, for the tests of the baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from workbench import FitContext, FloatArray, Target, Windows


class Price(Target, name="toy_price"):
    """The price; persistence is the last one."""

    def compute(self, bars, horizon):
        raise NotImplementedError

    def to_price(self, forecast, last_price):
        return forecast

    def persistence(self, windows: Windows) -> FloatArray:
        return np.repeat(windows.last_price[:, None], windows.horizon, axis=1)

    def ahead(self, closes: FloatArray, k: int) -> FloatArray:
        return closes[k:]


class LogReturn(Price, name="toy_log_return"):
    """Log returns from the origin; persistence is zero."""

    scale: float = 1.0

    def persistence(self, windows: Windows) -> FloatArray:
        return np.zeros((len(windows), windows.horizon))

    def ahead(self, closes: FloatArray, k: int) -> FloatArray:
        return self.scale * np.log(closes[k:] / closes[:-k])


def price_windows(closes: Mapping[str, FloatArray], target: Price, horizon: int) -> Windows:
    """Windows of no feature at every bar that has `horizon` bars after it, symbol after symbol."""
    ends, symbols, last, y, first_rows, row = [], [], [], [], {}, 0
    for symbol, close in closes.items():
        n = len(close) - horizon
        first_rows[symbol] = row
        ends.append(row + np.arange(n))
        symbols += [symbol] * n
        last.append(close[:n])
        y.append(np.column_stack([target.ahead(close, k)[:n] for k in range(1, horizon + 1)]))
        row += len(close)
    return Windows(
        values=np.zeros((row, 0), dtype=np.float32),
        ends=np.concatenate(ends),
        lookback=1,
        horizon=horizon,
        feature_names=(),
        symbols=np.array(symbols, dtype=object),
        origins=np.datetime64("2020-01-01") + np.concatenate(ends),
        last_price=np.concatenate(last),
        y=np.concatenate(y),
        first_rows=first_rows,
    )


@pytest.fixture
def price() -> Price:
    return Price()


@pytest.fixture
def log_return() -> LogReturn:
    return LogReturn()


@pytest.fixture
def scaled_log_return() -> LogReturn:
    return LogReturn(scale=100.0)


@pytest.fixture
def make_windows() -> Callable[..., Windows]:
    return price_windows


@pytest.fixture
def make_context() -> Callable[..., FitContext]:
    def make(target: Target, horizon: int) -> FitContext:
        return FitContext(seed=1, target=target, horizon=horizon, feature_names=(), symbols=())

    return make


@pytest.fixture
def walk() -> FloatArray:
    """A random walk with drift, positive."""
    return 100 * np.exp(np.cumsum(0.001 + 0.01 * np.random.default_rng(4).standard_normal(300)))
