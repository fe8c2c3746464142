"""Made-up bars: lively ones, and all the odd kinds that turn up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.panel import Panel

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.arrays import Bars

STANDARD_COLUMNS = frozenset({"open", "high", "low", "close", "volume", "known_at"})


def toy_bars(n_bars: int = 300, seed: int = 1, *, interval: str = "1d", columns: Iterable[str] = ()) -> Bars:
    """Return bars of a seeded random walk, as a plugin gets them.

    Daily bars fall on weekdays and skip some at random, as holidays do; hourly ones go round the clock and the week.

    Parameters
    ----------
    n_bars : int, default=300
    seed : int, default=1
    interval : {"1d", "1h"}
    columns : iterable of str
        Further columns to add, random walks too.

    Returns
    -------
    DataFrame of n_bars rows
        `open high low close volume known_at` and `columns`; indexed by session (daily) or opening stamp (UTC).
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    index = _hours(n_bars) if interval == "1h" else _sessions(n_bars, rng)
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.015, n_bars)))
    open_ = close * np.exp(rng.normal(0.0, 0.008, n_bars))
    bars = {
        "open": open_,
        "high": np.maximum(open_, close) * np.exp(rng.uniform(0.001, 0.01, n_bars)),
        "low": np.minimum(open_, close) * np.exp(-rng.uniform(0.001, 0.01, n_bars)),
        "close": close,
        "volume": np.round(np.exp(rng.normal(8.0, 0.6, n_bars))),
        "known_at": (index + pd.Timedelta("1h" if interval == "1h" else "1D")).to_numpy(),
    }
    extra = {name: 20.0 + np.cumsum(rng.normal(0.0, 0.3, n_bars)) for name in sorted({*columns} - STANDARD_COLUMNS)}
    return pd.DataFrame({**bars, **extra}, index=index)


def _sessions(n_bars: int, rng: np.random.Generator) -> pd.DatetimeIndex:
    import pandas as pd

    days = pd.bdate_range("2014-06-02", periods=n_bars + n_bars // 25 + 1).to_numpy(dtype="datetime64[ns]")
    kept = np.sort(rng.choice(len(days), size=n_bars, replace=False))
    return pd.DatetimeIndex(days[kept], name="time")


def _hours(n_bars: int) -> pd.DatetimeIndex:
    import pandas as pd

    start = np.datetime64("2019-03-04T05:00", "ns")
    return pd.DatetimeIndex(start + np.timedelta64(1, "h") * np.arange(n_bars), name="time")


def toy_panel(
    n_bars: int = 300,
    symbols: Iterable[str] = ("AAA",),
    seed: int = 1,
    *,
    interval: str = "1d",
    columns: Iterable[str] = (),
) -> Panel:
    """Return a panel of `toy_bars`; every symbol has sessions, a start and, if daily, a closing hour of its own.

    Parameters
    ----------
    n_bars : int, default=300
        Bars of the first symbol; each further one is listed a little later.
    symbols : iterable of str
    seed, interval, columns
        See `toy_bars`.
    """
    frames = {
        symbol: _listed(toy_bars(n_bars, seed + i, interval=interval, columns=columns), i, interval)
        for i, symbol in enumerate(symbols)
    }
    return Panel(frames, interval)


def _listed(bars: Bars, i: int, interval: str) -> Bars:
    """Return the bars of the i-th symbol: listed later, on an exchange that closes earlier."""
    earlier = np.timedelta64(8 * (i % 3) if interval == "1d" else 0, "h")
    return bars.assign(known_at=bars["known_at"] - earlier).iloc[13 * i :]


def odd_bars(columns: Iterable[str] = ()) -> dict[str, Bars]:
    """Return bars as nobody likes them, by what is odd about them."""
    bars = toy_bars(260, seed=7, columns=columns)
    return {
        "a single bar": bars.iloc[:1],
        "two bars": bars.iloc[:2],
        "a constant price": constant_bars(bars),
        "a constant price and no volume": constant_bars(bars).assign(volume=0.0),
        "missing prices and volumes": missing_bars(bars),
        "no volume known": bars.assign(volume=np.nan),
        "prices that cross zero": negative_bars(bars),
        "bars that were not traded": halted_bars(bars),
        "bars that were mostly not traded": thin_bars(bars),
        "months without a bar": bars.iloc[[*range(60), *range(170, 260)]],
        "very large prices": scaled_bars(bars, 1e9),
        "very small prices": scaled_bars(bars, 1e-7),
    }


def constant_bars(bars: Bars) -> Bars:
    """Return bars whose prices never move."""
    return bars.assign(open=10.0, high=10.0, low=10.0, close=10.0)


def missing_bars(bars: Bars) -> Bars:
    """Return bars of which some have no price, some no volume, and further columns gaps."""
    rng = np.random.default_rng(5)
    numbers = [c for c in bars.columns if c != "known_at"]
    prices = [c for c in numbers if c in ("open", "high", "low", "close")]
    bars = bars.copy()
    bars.loc[rng.random(len(bars)) < 0.05, prices] = np.nan
    for column in set(numbers) - set(prices):
        bars.loc[rng.random(len(bars)) < 0.1, column] = np.nan
    bars.loc[bars.index[len(bars) // 2 : len(bars) // 2 + 6], numbers] = np.nan
    return bars


def halted_bars(bars: Bars) -> Bars:
    """Return bars of which some were not traded: no volume, all prices the last close.

    Some other closes repeat too, and a long stretch of bars is not there.
    """
    rng = np.random.default_rng(6)
    halted = rng.random(len(bars)) < 0.06
    halted |= np.roll(halted, 1) & (rng.random(len(bars)) < 0.5)
    halted[0] = False
    bars = bars.copy()
    bars["close"] = bars["close"].mask(halted | (rng.random(len(bars)) < 0.05)).ffill().fillna(bars["close"])
    bars["high"] = bars[["high", "close", "open"]].max(axis=1)
    bars["low"] = bars[["low", "close", "open"]].min(axis=1)
    for column in ("open", "high", "low"):
        bars[column] = bars[column].mask(halted, bars["close"])
    bars["volume"] = bars["volume"].mask(halted, 0.0)
    middle = len(bars) // 2
    return bars.drop(bars.index[middle : middle + len(bars) // 12])


def thin_bars(bars: Bars) -> Bars:
    """Return bars of which two thirds were not traded, as of a share that hardly anybody wants.

    They have no volume, and all their prices are the last close.
    """
    idle = np.random.default_rng(9).random(len(bars)) < 2 / 3
    idle[0] = False
    bars = bars.copy()
    bars["close"] = bars["close"].mask(idle).ffill()
    for column in ("open", "high", "low"):
        bars[column] = bars[column].mask(idle, bars["close"])
    bars["volume"] = bars["volume"].mask(idle, 0.0)
    return bars


def negative_bars(bars: Bars) -> Bars:
    """Return bars whose prices fall below zero in the middle, as crude oil's did in April 2020."""
    ramp = np.linspace(0.0, 1.0, len(bars))
    drop = 2.2 * bars["close"].max() * np.minimum(ramp, 1.0 - ramp)
    return bars.assign(**{c: bars[c] - drop for c in ("open", "high", "low", "close")})


def scaled_bars(bars: Bars, by: float) -> Bars:
    """Return bars whose prices are multiplied."""
    return bars.assign(**{c: bars[c] * by for c in ("open", "high", "low", "close")})
