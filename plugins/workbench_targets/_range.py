"""The range of a bar, as a measure of volatility."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from workbench import Target
from workbench_targets._ahead import ahead, column

if TYPE_CHECKING:
    from workbench import Bars, FloatArray, Windows


class LogRange(Target, name="log_range"):
    """Logarithm of the range of a later bar, the range being the logarithm of its high over its low.

    Notes
    -----
    `ln(ln(high / low))` of the bar `k` bars after the origin: of that bar alone, not of all bars on the way. Undefined
    (NaN), never clipped, where high and low are the same, or a price is missing or not positive.

    A range measures volatility: `exp(y) / (2 * sqrt(ln 2))` estimates the standard deviation of that bar's log return
    between open and close [1]_. Its logarithm is nearly normally distributed [2]_, so that squared errors make
    sense. Forecasts say nothing of price. Persistence repeats the range of
    the origin's own bar; where that is undefined, as of a bar that did not move, the last one that was defined.

    References
    ----------
    .. [1] Parkinson (1980), "The Extreme Value Method for Estimating the Variance of the Rate of Return", *Journal of
       Business* 53(1), 61-65.
    .. [2] Alizadeh, Brandt & Diebold (2002), "Range-Based Estimation of Stochastic Volatility Models", *Journal of
       Finance* 57(3), 1047-1091.
    """

    default_features: ClassVar[tuple[str, ...]] = ("log_range",)

    def compute(self, bars: Bars, horizon: int) -> FloatArray:
        """Return targets of shape (n_bars, horizon); entry `[t, k - 1]` is that of bar `t + k`, known at its close."""
        return ahead(self.realised(bars), horizon)

    def to_price(self, forecast: FloatArray, last_price: FloatArray) -> None:
        """Return None: a range says nothing of where the price goes."""
        return

    def from_steps(self, steps: FloatArray, last_price: FloatArray) -> FloatArray:
        """Return the log ranges of single bars: they are what is forecast."""
        return np.array(steps, dtype=np.float64)

    def persistence(self, windows: Windows) -> FloatArray:
        """Return the last range defined at each origin, for every step; NaN where none was yet."""
        last = np.full(len(windows), np.nan)
        for symbol, first in windows.first_rows.items():
            mine = windows.symbols == symbol
            last[mine] = _last_defined(windows.realised[symbol])[windows.ends[mine] - first]
        return np.repeat(last[:, None], windows.horizon, axis=1)

    def realised(self, bars: Bars) -> FloatArray:
        """Return the log range of each bar, known at its own close; unlike a return, the first is known too."""
        high, low = column(bars, "high"), column(bars, "low")
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            log_range = np.log(np.log1p((high - low) / low))
        return np.where((low > 0) & np.isfinite(log_range), log_range, np.nan)


def _last_defined(values: FloatArray) -> FloatArray:
    """Return, for each row, the newest value up to it that is not NaN; NaN before the first."""
    defined = np.isfinite(values)
    newest = np.maximum.accumulate(np.where(defined, np.arange(len(values)), -1))
    return np.where(newest < 0, np.nan, values[np.maximum(newest, 0)])
