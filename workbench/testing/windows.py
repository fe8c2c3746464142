"""Made-up windows and folds, for whatever learns to forecast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.audit.studies import LoadedFeatures, Study, make_studies
from workbench.contracts.feature import Feature
from workbench.contracts.folds import WalkForward
from workbench.contracts.panel import Panel
from workbench.contracts.target import Target
from workbench.contracts.windows import Windows
from workbench.evaluation.samples import build_samples, make_windows
from workbench.testing.series import constant_bars, negative_bars, scaled_bars, toy_bars, toy_panel

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.arrays import Bars, FloatArray

SYMBOLS = ("AAA", "BBB", "CCC")


class ToyBody(Feature):
    """Close less open, as a share of the open."""

    def compute(self, bars: Bars) -> pd.Series:
        """Return shares, defined from the first bar on; NaN where the open is not positive."""
        return bars["close"] / bars["open"].where(bars["open"] > 0) - 1.0


class ToyMean(Feature):
    """Mean close of five bars over the close: undefined for four bars."""

    @property
    def warmup(self) -> int:
        """Four bars."""
        return 4

    def compute(self, bars: Bars) -> pd.Series:
        """Return ratios; NaN while there are fewer bars, and where the close is not positive."""
        return bars["close"].rolling(5).mean() / bars["close"].where(bars["close"] > 0)


class ToyClose(Feature):
    """The close itself."""

    def compute(self, bars: Bars) -> pd.Series:
        """Return closes."""
        return bars["close"]


class ToyRange(Feature):
    """Highest less lowest price of the bar, as a share of its close."""

    def compute(self, bars: Bars) -> pd.Series:
        """Return ranges; NaN where the close is not positive."""
        return (bars["high"] - bars["low"]) / bars["close"].where(bars["close"] > 0)


class ToyReturn(Target):
    """Simple return from the origin to each later close."""

    def compute(self, bars: Bars, horizon: int) -> FloatArray:
        """Return targets of shape (n_bars, horizon), NaN where the close at the origin is not positive."""
        close = bars["close"].to_numpy(dtype=np.float64)
        return _later(close, horizon) / np.where(close > 0, close, np.nan)[:, None] - 1.0

    def to_price(self, forecast: FloatArray, last_price: FloatArray) -> FloatArray:
        """Return `last_price * (1 + forecast)`."""
        return np.where(last_price > 0, last_price, np.nan)[:, None] * (1.0 + forecast)

    def from_steps(self, steps: FloatArray, last_price: FloatArray) -> FloatArray:
        """Compound the returns of single bars."""
        return np.cumprod(1.0 + steps, axis=1, dtype=np.float64) - 1.0

    def persistence(self, windows: Windows) -> FloatArray:
        """Return zeros."""
        return np.zeros((len(windows), windows.horizon))


class ToyPrice(Target):
    """Each later close."""

    def compute(self, bars: Bars, horizon: int) -> FloatArray:
        """Return targets of shape (n_bars, horizon), of any sign."""
        return _later(bars["close"].to_numpy(dtype=np.float64), horizon)

    def to_price(self, forecast: FloatArray, last_price: FloatArray) -> FloatArray:
        """Return the forecast."""
        return forecast.copy()

    def from_steps(self, steps: FloatArray, last_price: FloatArray) -> FloatArray:
        """Return the closes of single bars."""
        return steps.copy()

    def persistence(self, windows: Windows) -> FloatArray:
        """Return the close at each origin for every step."""
        return np.repeat(windows.last_price[:, None], windows.horizon, axis=1)


def _later(close: FloatArray, horizon: int) -> FloatArray:
    beyond = np.concatenate([close, np.full(horizon, np.nan)])
    return np.stack([beyond[k : k + len(close)] for k in range(1, horizon + 1)], axis=1)


RETURNS = (("body", ToyBody()), ("range", ToyRange()))
WARMED_UP = (*RETURNS, ("mean", ToyMean()))
PRICES = (("close", ToyClose()),)


def toy_studies(
    n_symbols: int = 1,
    horizon: int = 3,
    *,
    lookback: int = 8,
    train_size: int = 160,
    test_size: int = 60,
    n_folds: int = 2,
    validation: float = 0.1,
    seed: int = 1,
    features: LoadedFeatures = RETURNS,
) -> list[Study]:
    """Return studies of the first folds of a toy panel, earliest first; sizes are in bars of a symbol."""
    folds = WalkForward(train_size=train_size * n_symbols, test_size=test_size * n_symbols)
    panel = toy_panel(train_size + n_folds * test_size + 20 * n_symbols, SYMBOLS[:n_symbols], seed)
    found = make_studies(panel, features, ToyReturn(), folds, lookback=lookback, horizon=horizon, validation=validation)
    return found[:n_folds]


def odd_studies() -> dict[str, Study]:
    """Return studies as nobody likes them, by what is odd about them."""
    bars = toy_bars(240, 3)
    return {
        "a price that never moves": _study(constant_bars(bars)),
        "a single training window": _trained_on(_study(bars), 1),
        "two training windows": _trained_on(_study(bars), 2),
        "five training windows": _trained_on(_study(bars), 5),
        "very large prices": _study(scaled_bars(bars, 1e9), ToyPrice(), PRICES),
        "very small prices": _study(scaled_bars(bars, 1e-7), ToyPrice(), PRICES),
        "prices that cross zero": _study(negative_bars(bars), ToyPrice(), PRICES),
        "one feature": _study(bars, features=RETURNS[:1]),
        "a lookback of one bar": _study(bars, lookback=1),
        "no validation windows": _study(bars, validation=0.0),
    }


def _study(
    bars: Bars,
    target: Target | None = None,
    features: LoadedFeatures = RETURNS,
    *,
    lookback: int = 8,
    validation: float = 0.1,
) -> Study:
    folds = WalkForward(train_size=140, test_size=60)
    panel = Panel({"AAA": bars})
    return make_studies(
        panel, features, target or ToyReturn(), folds, lookback=lookback, horizon=3, validation=validation
    )[0]


def _trained_on(study: Study, n: int) -> Study:
    rows = replace(study.rows, train={s: r[-n:] for s, r in study.rows.train.items()}, validation={})
    return replace(study, rows=rows)


def toy_windows(
    n: int = 50,
    *,
    lookback: int = 8,
    horizon: int = 3,
    symbols: Iterable[str] = ("AAA",),
    seed: int = 1,
    with_targets: bool = True,
) -> Windows:
    """Return windows of two features of toy bars, as `fit` gets them.

    Parameters
    ----------
    n : int, default=50
        Origins of each symbol.
    lookback, horizon : int
    symbols : iterable of str
    seed : int
        See `toy_bars`.
    with_targets : bool
        False gives windows as `predict` gets them, with `y` None.

    Returns
    -------
    Windows
        Features are returns and ranges, not scaled; targets are simple returns.
    """
    panel = Panel({s: toy_bars(n + lookback + horizon, seed + i) for i, s in enumerate(symbols)})
    samples = build_samples(panel, RETURNS, ToyReturn(), lookback=lookback, horizon=horizon)
    return make_windows(samples, {s: np.arange(lookback, lookback + n) for s in panel}, with_targets=with_targets)
