"""How prices moved: level, spread, shape and the largest moves of the returns, and the deepest fall."""

from __future__ import annotations

import math

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.data.description.described import Lines
from workbench.data.description.series import Closes, deviation, scaled, varies
from workbench.data.description.types import (
    Drawdown,
    Histogram,
    Move,
    Prices,
    Returns,
    RollingVolatility,
)

PROBABILITIES = ("0.01", "0.05", "0.25", "0.5", "0.75", "0.95", "0.99")
WINDOW = 20
"""Returns in a rolling volatility."""
N_LARGEST = 5
_BINS = 20
"""Bins of the histogram, roughly: their width is a round number."""
_INSIDE = 0.99
"""Share of the values that the bins have to cover; the rest may lie beyond."""


def describe_prices(closes: Closes) -> Prices | None:
    """First, last, lowest and highest close."""
    values = closes.values
    if not len(values):
        closes.undefined("prices", "no bar has a close")
        return None
    low, high = int(values.argmin()), int(values.argmax())
    return Prices(
        first=float(values[0]),
        last=float(values[-1]),
        min=float(values[low]),
        min_at=closes.at(low),
        max=float(values[high]),
        max_at=closes.at(high),
    )


def describe_returns(closes: Closes) -> Returns | None:
    """Moments, quantiles and largest values of the returns.

    Skewness and kurtosis are the plain standardised moments (`g1` and `g2`), as `scipy.stats.skew` and `kurtosis`
    give them by default.
    """
    values = closes.returns
    if not len(values):
        closes.undefined("returns", "fewer than two bars have a close")
        return None
    spread = deviation(values)
    if spread is None:
        closes.undefined("returns.std", "one return has no standard deviation")
        closes.undefined("returns.annual_volatility", "one return has no standard deviation")
    simple = _simple(closes)
    return Returns(
        kind=closes.kind,
        n=len(values),
        mean=float(values.mean()),
        std=spread,
        annual_volatility=scaled(spread, math.sqrt(closes.periods_per_year)),
        periods_per_year=closes.periods_per_year,
        skewness=_moment(closes, "skewness", values, 3),
        excess_kurtosis=_moment(closes, "excess_kurtosis", values, 4),
        zero_share=float(np.mean(np.diff(closes.values) == 0)),
        quantiles=_quantiles(values),
        simple_mean=None if simple is None else float(simple.mean()),
        simple_std=None if simple is None else deviation(simple),
        largest=_largest(closes, values),
        histogram=histogram(values),
    )


def _simple(closes: Closes) -> FloatArray | None:
    if not closes.all_positive:
        why = "a price is zero or negative"
        closes.undefined("returns.simple_mean", why)
        closes.undefined("returns.simple_std", why)
        return None
    simple = np.expm1(closes.returns)
    if len(simple) < 2:
        closes.undefined("returns.simple_std", "one return has no standard deviation")
    return simple


def _moment(closes: Closes, name: str, values: FloatArray, order: int) -> float | None:
    if len(values) < order:
        closes.undefined(f"returns.{name}", f"fewer than {order} returns")
        return None
    if not varies(values):
        closes.undefined(f"returns.{name}", "the returns do not vary")
        return None
    standard = (values - values.mean()) / values.std()
    square = standard * standard  # a power of an array takes ten times as long
    return (
        float(np.dot(square, standard) / len(values)) if order == 3 else float(np.dot(square, square) / len(values)) - 3
    )


def _quantiles(values: FloatArray) -> dict[str, float]:
    found = np.quantile(values, [float(p) for p in PROBABILITIES])
    return {name: float(value) for name, value in zip(PROBABILITIES, found, strict=True)}


def _largest(closes: Closes, values: FloatArray) -> tuple[Move, ...]:
    size = np.abs(values)
    n = min(N_LARGEST, len(size))
    chosen = np.argpartition(size, len(size) - n)[len(size) - n :]
    ordered = sorted(chosen[size[chosen] > 0].tolist(), key=lambda i: (-size[i], i))
    return tuple(_move(closes, i, float(values[i])) for i in ordered)


def _move(closes: Closes, i: int, value: float) -> Move:
    before, after = float(closes.values[i]), float(closes.values[i + 1])
    return Move(closes.at(i + 1), value, after / before - 1 if before > 0 else None, before, after)


def histogram(values: FloatArray) -> Histogram:
    """Count values in about twenty bins of a round width that hold at least 99 % of them.

    Parameters
    ----------
    values : ndarray of shape (n,)

    Returns
    -------
    Histogram
        Bin edges are odd multiples of half a width, so that a bin is centred on zero.
    """
    tail = (1 - _INSIDE) / 2
    low, high = (float(edge) for edge in np.quantile(values, [tail, 1 - tail]))
    width = _round_width((high - low) / _BINS, float(np.abs(values).max()))
    first, last = math.floor(low / width + 0.5), math.floor(high / width + 0.5)
    edges = (np.arange(first, last + 2) - 0.5) * width
    places = np.searchsorted(edges, values, side="right") - 1
    n_bins = len(edges) - 1
    inside = (places >= 0) & (places < n_bins)
    counts = np.bincount(places[inside], minlength=n_bins)
    return Histogram(
        edges=tuple(float(edge) for edge in edges),
        counts=tuple(int(count) for count in counts),
        below=int((places < 0).sum()),
        above=int((places >= n_bins).sum()),
    )


def _round_width(wanted: float, size: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten; where nothing varies, a width that suits the size."""
    if wanted <= size * 1e-9:
        wanted = size / _BINS or 0.001
    power = 10.0 ** math.floor(math.log10(wanted))
    return power * next(step for step in (1.0, 2.0, 5.0, 10.0) if step * power >= wanted * (1 - 1e-9))


def rolling(closes: Closes) -> Lines:
    """Return closes, returns and rolling volatility as series, for drawing and for `describe_rolling`."""
    import pandas as pd

    returns = pd.Series(closes.returns, index=closes.series.index[1:])
    volatility = returns.rolling(WINDOW).std().iloc[WINDOW - 1 :] * math.sqrt(closes.periods_per_year)
    return Lines(closes.series, returns, volatility, closes.n_train)


def describe_rolling(closes: Closes, lines: Lines) -> RollingVolatility | None:
    """Lowest, median, highest and last rolling volatility."""
    values = lines.volatility.to_numpy(dtype=np.float64)
    if not len(values):
        closes.undefined("rolling_volatility", f"fewer than {WINDOW} returns")
        return None
    low, high = int(values.argmin()), int(values.argmax())
    return RollingVolatility(
        window=WINDOW,
        min=float(values[low]),
        min_at=closes.moment(lines.volatility.index[low]),
        median=float(np.median(values)),
        max=float(values[high]),
        max_at=closes.moment(lines.volatility.index[high]),
        last=float(values[-1]),
    )


def describe_drawdown(closes: Closes) -> Drawdown | None:
    """Deepest fall from the highest close so far, a fraction of it."""
    values = closes.values
    if not len(values):
        closes.undefined("drawdown", "no bar has a close")
        return None
    if not closes.all_positive:
        closes.undefined("drawdown", "a price is zero or negative, and a fall from it has no share")
        return None
    falls = values / np.maximum.accumulate(values) - 1
    bottom = int(falls.argmin())
    peak = int(values[: bottom + 1].argmax())
    return Drawdown(float(falls[bottom]), closes.at(peak), closes.at(bottom))
