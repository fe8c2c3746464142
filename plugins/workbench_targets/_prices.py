"""Targets whose forecasts become prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from workbench import DataError, Target
from workbench_targets._ahead import ahead, column

if TYPE_CHECKING:
    from workbench import Bars, FloatArray, Windows


class LogReturn(Target, name="log_return"):
    """Logarithm of the later close over the close at the origin.

    Notes
    -----
    Cumulative: step `k` covers all bars from the origin to `k` bars later. NaN where either close is missing.
    A forecast becomes the price `last_price * exp(forecast)`; where `last_price` is not positive there is no
    price (NaN). Persistence, "the price stays", is a return of zero, not the last return again.
    """

    default_features: ClassVar[tuple[str, ...]] = ("log_return",)

    def compute(self, bars: Bars, horizon: int) -> FloatArray:
        """Return targets of shape (n_bars, horizon); entry `[t, k - 1]` is known at bar `t + k`.

        Raises
        ------
        DataError
            A close is zero or negative: it has no logarithm.
        """
        close = column(bars, "close")
        _check_positive(bars, close)
        return np.log(ahead(close, horizon) / close[:, None])

    def to_price(self, forecast: FloatArray, last_price: FloatArray) -> FloatArray:
        """Return `last_price * exp(forecast)` of shape (n, horizon)."""
        return _where_positive(last_price) * np.exp(forecast)

    def from_steps(self, steps: FloatArray, last_price: FloatArray) -> FloatArray:
        """Add up the log returns of single bars, shape (n, horizon)."""
        return np.cumsum(steps, axis=1)

    def persistence(self, windows: Windows) -> FloatArray:
        """Return zeros: the price stays."""
        return np.zeros((len(windows), windows.horizon))


class SimpleReturn(Target, name="simple_return"):
    """Later close over the close at the origin, less one.

    Notes
    -----
    Cumulative, a fraction. NaN where either close is missing, and where the close at the origin is not
    positive: a return on nothing, or on a negative price, says nothing; nor does a forecast of it become a price
    (NaN). Persistence, "the price stays", is a return of zero.
    """

    default_features: ClassVar[tuple[str, ...]] = ("simple_return",)

    def compute(self, bars: Bars, horizon: int) -> FloatArray:
        """Return targets of shape (n_bars, horizon); entry `[t, k - 1]` is known at bar `t + k`."""
        close = column(bars, "close")
        return ahead(close, horizon) / _where_positive(close) - 1.0

    def to_price(self, forecast: FloatArray, last_price: FloatArray) -> FloatArray:
        """Return `last_price * (1 + forecast)` of shape (n, horizon)."""
        return _where_positive(last_price) * (1.0 + forecast)

    def from_steps(self, steps: FloatArray, last_price: FloatArray) -> FloatArray:
        """Compound the simple returns of single bars, shape (n, horizon)."""
        return np.asarray(np.cumprod(1.0 + steps, axis=1), dtype=np.float64) - 1.0

    def persistence(self, windows: Windows) -> FloatArray:
        """Return zeros: the price stays."""
        return np.zeros((len(windows), windows.horizon))


class Price(Target, name="price"):
    """The later close itself.

    Notes
    -----
    In price, of any sign. Persistence repeats the close at the origin.
    """

    default_features: ClassVar[tuple[str, ...]] = ("column",)
    in_price_units: ClassVar[bool] = True

    def compute(self, bars: Bars, horizon: int) -> FloatArray:
        """Return targets of shape (n_bars, horizon); entry `[t, k - 1]` is the close of bar `t + k`."""
        return ahead(column(bars, "close"), horizon)

    def to_price(self, forecast: FloatArray, last_price: FloatArray) -> FloatArray:
        """Return the forecast: it is a price already."""
        return np.array(forecast, dtype=np.float64)

    def from_steps(self, steps: FloatArray, last_price: FloatArray) -> FloatArray:
        """Return the prices of single bars: they are what is forecast."""
        return np.array(steps, dtype=np.float64)

    def persistence(self, windows: Windows) -> FloatArray:
        """Return the close at each origin for every step."""
        return np.repeat(windows.last_price[:, None], windows.horizon, axis=1)

    def realised(self, bars: Bars) -> FloatArray:
        """Return the closes, each known at its own bar; unlike a return, the first is known too."""
        return column(bars, "close").copy()


def _where_positive(price: FloatArray) -> FloatArray:
    """Return prices as a column, NaN where they are not positive."""
    return np.where(price > 0, price, np.nan)[:, None]


def _check_positive(bars: Bars, close: FloatArray) -> None:
    refused = close <= 0
    if refused.any():
        row = int(refused.argmax())
        raise DataError(
            f"the target 'log_return' needs positive closes, but {int(refused.sum())} are not, the first on "
            f"{bars.index[row]} ({close[row]:g}). Use the target 'simple_return', or 'price'."
        )
