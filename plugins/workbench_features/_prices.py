"""Features that read prices as they are: a column, its returns, and the range of a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from workbench import DataError, Feature
from workbench_features._columns import as_series, lagged, values_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench import Bars


class Column(Feature, name="column"):
    """One column of the bars as it is, such as the close.

    Parameters
    ----------
    column : str, default="close"
        Any numeric column, also one of the extra columns a source brought along.

    Raises
    ------
    DataError
        The bars have no such column, or it holds no numbers.
    """

    column: str = Field("close", description="numeric column of the bars")

    @property
    def inputs(self) -> frozenset[str]:  # type: ignore[override]
        """Columns of the bars that it reads: the one."""
        return frozenset({self.column})

    def compute(self, bars: Bars) -> pd.Series:
        """Return the column, known at each bar's close; missing values stay NaN."""
        return as_series(bars, values_of(bars, self.column).copy())


class LogReturn(Feature, name="log_return"):
    """Logarithm of close over the close `periods` bars earlier.

    Parameters
    ----------
    periods : int, default=1
        Bars between the two closes; as many rows at the start are NaN.

    Raises
    ------
    DataError
        A close is zero or negative: it has no logarithm.

    Notes
    -----
    Dimensionless and known at the bar's close. NaN where either close is missing.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"close"})
    periods: int = Field(1, ge=1, description="bars between the two closes")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.periods

    def compute(self, bars: Bars) -> pd.Series:
        """Return `log(close[t] / close[t - periods])`."""
        close = values_of(bars, "close")
        if (close <= 0).any():
            row = int(np.argmax(close <= 0))
            raise DataError(
                f"log_return needs positive closes, but the close of {bars.index[row]} is {close[row]:g}. "
                'Use the feature "simple_return", or the target "price" with the feature "column".'
            )
        return as_series(bars, np.log(close / lagged(close, self.periods)))


class SimpleReturn(Feature, name="simple_return"):
    """Close over the close `periods` bars earlier, less one.

    Parameters
    ----------
    periods : int, default=1
        Bars between the two closes; as many rows at the start are NaN.

    Notes
    -----
    A fraction (0.01 is one percent), known at the bar's close. NaN where either close is missing, and where
    the earlier one is not positive: a return on nothing, or on a negative price, says nothing.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"close"})
    periods: int = Field(1, ge=1, description="bars between the two closes")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.periods

    def compute(self, bars: Bars) -> pd.Series:
        """Return `close[t] / close[t - periods] - 1`."""
        close = values_of(bars, "close")
        earlier = lagged(close, self.periods)
        earlier[~(earlier > 0)] = np.nan
        return as_series(bars, close / earlier - 1.0)


class LogRange(Feature, name="log_range"):
    """Logarithm of the range of the bar, the range being the logarithm of its high over its low.

    Notes
    -----
    `ln(ln(high / low))`, a measure of volatility; what the target of that name forecasts. Known at the bar's close.
    NaN, never clipped, where high and low are the same, or a price is missing or not positive.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"high", "low"})

    def compute(self, bars: Bars) -> pd.Series:
        """Return `log(log(high / low))`."""
        high, low = values_of(bars, "high"), values_of(bars, "low")
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            log_range = np.log(np.log1p((high - low) / low))
        return as_series(bars, np.where((low > 0) & np.isfinite(log_range), log_range, np.nan))
