"""Targets and windows, by hand, for the tests of the baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
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


def continued_windows(
    closes: Mapping[str, FloatArray] | FloatArray,
    target: Target,
    horizon: int = 1,
    *,
    first: int = 4,
    last: int | None = None,
    lookback: int = 3,
    to_predict: bool = False,
) -> Windows:
    """Windows of one of Workbench's own targets, at the origins `first` to `last` of each symbol.

    Those that lack a target are left out where there are to be targets.

    With the target `price` any series of numbers may stand for the closes.
    """
    series = closes if isinstance(closes, Mapping) else {"A": closes}
    ends, symbols, prices, y, realised, first_rows, row = [], [], [], [], {}, {}, 0
    for symbol, close in series.items():
        stop = (len(close) if to_predict else len(close) - horizon) if last is None else last + 1
        bars = pd.DataFrame({"close": close})
        first_rows[symbol] = row
        ends.append(row + np.arange(first, stop))
        symbols += [symbol] * (stop - first)
        prices.append(close[first:stop])
        y.append(target.compute(bars, horizon)[first:stop])
        realised[symbol] = target.realised(bars)[:stop]
        row += stop
    made = Windows(
        values=np.random.default_rng(1).standard_normal((row, 2)).astype(np.float32),
        ends=np.concatenate(ends),
        lookback=lookback,
        horizon=horizon,
        feature_names=("f0", "f1"),
        symbols=np.array(symbols, dtype=object),
        origins=np.datetime64("2020-01-01") + np.concatenate(ends),
        last_price=np.concatenate(prices).astype(np.float64),
        y=None if to_predict else np.concatenate(y),
        first_rows=first_rows,
        realised=realised,
    )
    return made if to_predict else made.subset(np.flatnonzero(np.isfinite(made.targets).all(axis=1)))


@pytest.fixture
def make_series() -> Callable[..., Windows]:
    return continued_windows


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
