"""`Target`: the quantity that is forecast."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from workbench.contracts.arrays import Bars, FloatArray
from workbench.contracts.plugin import Plugin
from workbench.contracts.windows import Windows
from workbench.errors import DataError


class Target(Plugin):
    """A quantity of the bars after an origin, relative to that origin."""

    kind: ClassVar[str] = "target"
    default_features: ClassVar[tuple[str, ...]] = ("log_return",)
    """Features an experiment uses when it names none."""
    in_price_units: ClassVar[bool] = False
    """Whether errors are in price, so that pooling them over symbols would mean nothing."""

    @abstractmethod
    def compute(self, bars: Bars, horizon: int) -> FloatArray:
        """Return targets of shape (n_bars, horizon).

        Entry `[t, k - 1]` covers the bars from `t` to `t + k`, so it is known at bar `t + k`; it is NaN where
        that bar is not there yet.

        Raises
        ------
        DataError
            The bars do not allow this target, such as logarithms of prices that are not positive.
        """

    @abstractmethod
    def to_price(self, forecast: FloatArray, last_price: FloatArray) -> FloatArray | None:
        """Turn forecasts of shape (n, horizon) into prices, or return None if they say nothing of price.

        `last_price` has shape (n,) and holds the close at each origin.
        """

    @abstractmethod
    def persistence(self, windows: Windows) -> FloatArray:
        """Return "tomorrow = today" for this target, of shape (n, horizon)."""

    def from_steps(self, steps: FloatArray, last_price: FloatArray) -> FloatArray:
        """Turn forecasts of the one-step target, bar after bar, into this target's forecasts.

        What forecasters that go bar by bar need at a `horizon` above 1: a log return of three bars is the sum of
        three log returns. The default knows of one step only.

        Parameters
        ----------
        steps : ndarray of shape (n, horizon)
            Column `k - 1` forecasts what `realised` will hold `k` bars after the origin.
        last_price : ndarray of shape (n,)
            Close at each origin.

        Returns
        -------
        ndarray of shape (n, horizon)
            In the units of `compute`.

        Raises
        ------
        DataError
            There are several steps, and the target does not say how they add up.
        """
        if steps.shape[1] > 1:
            raise DataError(
                f"the target {self.label!r} does not say how forecasts of single bars add up over a `horizon` of "
                f"{steps.shape[1]}; ask for `horizon = 1`, or give it a method `from_steps`."
            )
        return steps

    def realised(self, bars: Bars) -> FloatArray:
        """Return the one-step target as it became known, row by row, of shape (n_bars,).

        The first value is NaN: nothing precedes the first bar.
        """
        ahead = self.compute(bars, 1)[:, 0]
        return np.concatenate([[np.nan], ahead[:-1]])
