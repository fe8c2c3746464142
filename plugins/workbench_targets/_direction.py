"""The side on which a later close lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from workbench import Target
from workbench_targets._ahead import ahead, column

if TYPE_CHECKING:
    from workbench import Bars, FloatArray, Windows


class Direction(Target, name="direction"):
    """Whether the later close lies above the close at the origin (1), below it (-1), or is the same (0).

    Notes
    -----
    Covers all bars from the origin to `k` bars later, prices of any sign; NaN where either close is missing. The
    best forecast by squared error is the expected side, P(up) - P(down), a number between -1 and 1; which side it
    takes is what `hit_rate` counts. It says nothing of how far the price goes, and so nothing of price.

    Persistence, "the price stays", is 0. Its RMSE is the square root of the share of bars that moved, nearly 1: that
    of a coin nobody trusts. A forecast of 1 or -1 throughout does worse, unless it is right more often than three
    times in four; so a small skill is all that can be hoped for. Of single bars' directions that of several does
    not follow: forecasters that go bar by bar need a `horizon` of 1.
    """

    default_features: ClassVar[tuple[str, ...]] = ("log_return",)

    def compute(self, bars: Bars, horizon: int) -> FloatArray:
        """Return targets of shape (n_bars, horizon); entry `[t, k - 1]` is known at bar `t + k`."""
        close = column(bars, "close")
        later, now = ahead(close, horizon), close[:, None]
        known = np.isfinite(later) & np.isfinite(now)
        return np.where(known, (later > now).astype(np.float64) - (later < now), np.nan)

    def to_price(self, forecast: FloatArray, last_price: FloatArray) -> None:
        """Return None: a side is no price."""
        return

    def persistence(self, windows: Windows) -> FloatArray:
        """Return zeros: the price stays."""
        return np.zeros((len(windows), windows.horizon))
