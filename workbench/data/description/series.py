"""The closes of a symbol and their changes, and how moments of them are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import Bars, FloatArray
from workbench.contracts.intervals import Interval
from workbench.data.description.types import ReturnKind

if TYPE_CHECKING:
    import pandas as pd

_ROUNDING = 1e-12
"""Relative size of what rounding alone leaves of no variation."""


@dataclass(frozen=True, eq=False)
class Closes:
    """Closes that are there, and everything read off them more than once.

    Parameters
    ----------
    bars : DataFrame
        Bars of one symbol.
    interval : Interval
    periods_per_year : float
    n_train : int
        Closes before the test.
    """

    bars: Bars
    interval: Interval
    periods_per_year: float
    n_train: int
    reasons: dict[str, str] = field(default_factory=dict)

    @cached_property
    def series(self) -> pd.Series[float]:
        """Closes that are finite numbers, by label."""
        return finite_closes(self.bars)

    @cached_property
    def values(self) -> FloatArray:
        """Their values."""
        return np.asarray(self.series, dtype=np.float64)

    @cached_property
    def all_positive(self) -> bool:
        """Whether every one of them has a logarithm."""
        return bool((self.values > 0).all())

    @property
    def kind(self) -> ReturnKind:
        """What their changes are."""
        return "log_return" if self.all_positive else "difference"

    @cached_property
    def returns(self) -> FloatArray:
        """Changes from close to close; entry `i` is known at close `i + 1`."""
        return np.diff(np.log(self.values) if self.all_positive else self.values)

    def at(self, position: int) -> str:
        """Write the label of a close."""
        return self.moment(self.series.index[position])

    def moment(self, label: pd.Timestamp) -> str:
        """Write a label: a date for daily and longer bars, else a stamp."""
        return str(label.isoformat() if self.interval.is_intraday else label.date())

    def undefined(self, what: str, why: str) -> None:
        """Note why something is None."""
        self.reasons[what] = why


def finite_closes(bars: Bars) -> pd.Series[float]:
    """Return the closes that are finite numbers."""
    close: pd.Series[float] = bars["close"]
    return close[np.isfinite(close.to_numpy(dtype=np.float64))]


def varies(values: FloatArray) -> bool:
    """Whether values differ by more than rounding does."""
    if len(values) < 2:
        return False
    spread = float(np.ptp(values))
    return spread > _ROUNDING * float(np.abs(values).max()) and spread > 0


def deviation(values: FloatArray) -> float | None:
    """Return the standard deviation with n - 1; None of fewer than two values."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def scaled(value: float | None, factor: float) -> float | None:
    """Multiply what is known."""
    return None if value is None else value * factor
