"""Moving averages and what is built on them: SMA, EMA, MACD, Bollinger bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from workbench import ExperimentError, Feature
from workbench_features._columns import as_frame, as_series, values_of
from workbench_features._smoothing import ema

if TYPE_CHECKING:
    import pandas as pd

    from workbench import Bars, FloatArray


class SMA(Feature, name="sma"):
    """Simple moving average of the close.

    Parameters
    ----------
    window : int, default=20
        Bars averaged, the present one included.

    Notes
    -----
    In price. A missing close makes every window that touches it NaN.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"close"})
    window: int = Field(20, ge=1, description="bars averaged")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN: `window - 1`."""
        return self.window - 1

    def compute(self, bars: Bars) -> pd.Series:
        """Return the mean of the last `window` closes, known at the bar's close."""
        mean: pd.Series = as_series(bars, values_of(bars, "close")).rolling(self.window).mean()
        return mean


class EMA(Feature, name="ema"):
    """Exponential moving average of the close, seeded with the mean of the first `window` closes.

    Parameters
    ----------
    window : int, default=12
        The newest close weighs `2 / (window + 1)`.

    Notes
    -----
    In price; equal to TA-Lib and R's TTR. After a missing close the average starts anew, warm-up included.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"close"})
    window: int = Field(12, ge=1, description="length; the newest close weighs 2 / (window + 1)")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN: `window - 1`."""
        return self.window - 1

    def compute(self, bars: Bars) -> pd.Series:
        """Return the average, known at the bar's close."""
        return as_series(bars, ema(values_of(bars, "close"), self.window))


class MACD(Feature, name="macd"):
    """Moving average convergence divergence: line, signal and histogram.

    Parameters
    ----------
    fast, slow : int, default=12, 26
        Lengths of the two exponential averages whose difference is the line.
    signal : int, default=9
        Length of the exponential average of the line.

    Notes
    -----
    In price. Each average is seeded with the mean of its own first values (StockCharts, R's TTR). TA-Lib
    starts the fast one later; its figures differ by a few cents at first and agree later.

    The line is defined from row `slow - 1`, signal and histogram from row `slow + signal - 2`. After a
    missing close everything starts anew, warm-up included.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"close"})
    fast: int = Field(12, ge=1, description="length of the fast average")
    slow: int = Field(26, ge=2, description="length of the slow average")
    signal: int = Field(9, ge=1, description="length of the average of the line")

    def model_post_init(self, context: Any, /) -> None:
        """Refuse a fast average that is not the faster one."""
        if self.fast >= self.slow:
            raise ExperimentError(
                f"`fast` of 'macd' is {self.fast} and `slow` is {self.slow}; `fast` must be the smaller one."
            )

    @property
    def warmup(self) -> int:
        """Rows at the start where a column is NaN: `slow + signal - 2`."""
        return self.slow + self.signal - 2

    def compute(self, bars: Bars) -> pd.DataFrame:
        """Return the columns `line`, `signal` and `histogram`, known at the bar's close."""
        close = values_of(bars, "close")
        line = ema(close, self.fast) - ema(close, self.slow)
        signal = ema(line, self.signal)
        return as_frame(bars, line=line, signal=signal, histogram=line - signal)


class Bollinger(Feature, name="bollinger"):
    """Bollinger bands: the moving average and the bands around it.

    Parameters
    ----------
    window : int, default=20
        Bars averaged.
    deviations : float, default=2
        Distance of the bands from the average, in population standard deviations (ddof=0).

    Notes
    -----
    In price. Where the close stands still the three are equal. A missing close makes every window that
    touches it NaN.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"close"})
    window: int = Field(20, ge=2, description="bars averaged")
    deviations: float = Field(2.0, gt=0, description="distance of the bands, in standard deviations")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN: `window - 1`."""
        return self.window - 1

    def compute(self, bars: Bars) -> pd.DataFrame:
        """Return the columns `lower`, `middle` and `upper`, known at the bar's close."""
        windows = as_series(bars, values_of(bars, "close")).rolling(self.window)
        middle: FloatArray = windows.mean().to_numpy()
        distance: FloatArray = self.deviations * windows.std(ddof=0).to_numpy()
        return as_frame(bars, lower=middle - distance, middle=middle, upper=middle + distance)
