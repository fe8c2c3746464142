"""Wilder's indicators: RSI, ATR and ADX."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from workbench import Feature
from workbench_features._columns import as_frame, as_series, lagged, values_of
from workbench_features._smoothing import wilder, wilder_sum

if TYPE_CHECKING:
    import pandas as pd

    from workbench import Bars, FloatArray


class RSI(Feature, name="rsi"):
    """Relative strength index: the share of gains in recent movement, 0 to 100.

    Parameters
    ----------
    window : int, default=14
        Changes in the first average; later ones are smoothed as Wilder does.

    Notes
    -----
    Equal to TA-Lib, R's TTR and the StockCharts worksheet, except where the price has never moved: gains and
    losses are both nought, and the index is 50, favouring neither. Only gains give 100, only losses 0. After
    a missing close it starts anew, warm-up included.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"close"})
    window: int = Field(14, ge=1, description="changes averaged")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN: `window`, since the first bar has no change."""
        return self.window

    def compute(self, bars: Bars) -> pd.Series:
        """Return the index, known at the bar's close."""
        close = values_of(bars, "close")
        change = close - lagged(close, 1)
        gains = wilder(np.maximum(change, 0.0), self.window)
        movement = gains + wilder(np.maximum(-change, 0.0), self.window)
        still = np.where(np.isnan(movement), np.nan, 50.0)
        return as_series(bars, np.divide(100.0 * gains, movement, out=still, where=movement > 0))


class ATR(Feature, name="atr"):
    """Average true range, smoothed as Wilder does.

    Parameters
    ----------
    window : int, default=14
        True ranges in the first average.

    Notes
    -----
    In price; equal to TA-Lib and R's TTR. The first bar has no previous close and no true range. Bars without
    any range give 0. After a missing price it starts anew, warm-up included.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"high", "low", "close"})
    window: int = Field(14, ge=1, description="true ranges averaged")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN: `window`."""
        return self.window

    def compute(self, bars: Bars) -> pd.Series:
        """Return the average, known at the bar's close."""
        return as_series(bars, wilder(_true_range(bars), self.window))


class ADX(Feature, name="adx"):
    """Average directional index with its two directional indicators, each 0 to 100.

    Parameters
    ----------
    window : int, default=14
        Length of every average.

    Notes
    -----
    `adx` is the strength of a trend, `plus_di` and `minus_di` its direction. Seeded as TA-Lib and R's TTR
    seed it: the first sums hold `window - 1` bars and the next; Wilder's own worksheet starts a bar later,
    and the two converge. The indicators are defined from row `window`, `adx` from row `2 * window - 1`.
    Bars without any range, or without movement beyond the previous bar, count as no direction: 0. After a
    missing price it starts anew, warm-up included.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"high", "low", "close"})
    window: int = Field(14, ge=2, description="length of every average")

    @property
    def warmup(self) -> int:
        """Rows at the start where a column is NaN: `2 * window - 1`."""
        return 2 * self.window - 1

    def compute(self, bars: Bars) -> pd.DataFrame:
        """Return the columns `adx`, `plus_di` and `minus_di`, known at the bar's close."""
        reach, rising, falling = _directional_movement(bars)
        total = wilder_sum(reach, self.window)
        plus = _percent(wilder_sum(rising, self.window), total)
        minus = _percent(wilder_sum(falling, self.window), total)
        strength = wilder(_percent(np.abs(plus - minus), plus + minus), self.window)
        return as_frame(bars, adx=strength, plus_di=plus, minus_di=minus)


def _true_range(bars: Bars) -> FloatArray:
    """Return the range of each bar, extended to the previous close; NaN where a price is missing."""
    high, low = values_of(bars, "high"), values_of(bars, "low")
    previous = lagged(values_of(bars, "close"), 1)
    reach: FloatArray = np.maximum(high - low, np.maximum(np.abs(high - previous), np.abs(low - previous)))
    return reach


def _directional_movement(bars: Bars) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return true range, upward and downward movement beyond the previous bar; all NaN where one is.

    Only the larger of the two movements counts, the other is nought.
    """
    high, low, reach = values_of(bars, "high"), values_of(bars, "low"), _true_range(bars)
    up, down = high - lagged(high, 1), lagged(low, 1) - low
    rising = np.where((up > down) & (up > 0), up, 0.0)
    falling = np.where((down > up) & (down > 0), down, 0.0)
    missing = np.isnan(reach) | np.isnan(up) | np.isnan(down)
    return (
        np.where(missing, np.nan, reach),
        np.where(missing, np.nan, rising),
        np.where(missing, np.nan, falling),
    )


def _percent(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Return `100 * part / whole`, 0 where the whole is nought, NaN where either is missing."""
    nought = np.where(np.isnan(part) | np.isnan(whole), np.nan, 0.0)
    share: FloatArray = np.divide(100.0 * part, whole, out=nought, where=whole > 0)
    return share
