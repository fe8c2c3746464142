"""`Inspected`: the bars of one symbol laid out for the checks, each array made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import Bars, BoolArray, FloatArray, IntArray
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import PRICE_COLUMNS
from workbench.data.bars import CARRIED
from workbench.data.health.sessions import ExpectedDays
from workbench.data.health.written import WrittenStamps

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5
"""Bars that a problem names at most."""


@dataclass(frozen=True, eq=False)
class Inspected:
    """Bars of one symbol about to be checked.

    Parameters
    ----------
    bars : DataFrame
        Tidy bars.
    interval : Interval
    days : ExpectedDays
        Which days should have bars.
    adjust : str
        The `adjust` that has been applied to the bars.
    now : Timestamp
        This moment, UTC without a zone.
    written : WrittenStamps
        Labels as the source wrote them, for people.
    """

    bars: Bars
    interval: Interval
    days: ExpectedDays
    adjust: str
    now: pd.Timestamp
    written: WrittenStamps

    @cached_property
    def labels(self) -> pd.DatetimeIndex:
        """Labels of all bars."""
        import pandas as pd

        return pd.DatetimeIndex(self.bars.index)

    @cached_property
    def prices(self) -> FloatArray:
        """Open, high, low and close of all bars, `(n_bars, 4)`."""
        return self.bars[list(PRICE_COLUMNS)].to_numpy(dtype="float64")

    @cached_property
    def is_priced(self) -> BoolArray:
        """Bars with a close."""
        return ~np.isnan(self.prices[:, 3])

    @cached_property
    def rows(self) -> IntArray:
        """Positions of the bars that traded: with a close that was not carried forward."""
        traded = self.is_priced
        if CARRIED in self.bars.columns:
            traded = traded & ~self.bars[CARRIED].to_numpy(dtype=bool)
        return np.flatnonzero(traded)

    @cached_property
    def traded(self) -> FloatArray:
        """Prices of the bars that traded."""
        return self.prices[self.rows]

    @cached_property
    def volume(self) -> FloatArray:
        """Volume of the bars that traded."""
        volume: FloatArray = self.bars["volume"].to_numpy(dtype="float64")[self.rows]
        return volume

    @cached_property
    def log_moves(self) -> FloatArray:
        """Log return of each bar that traded to the next, NaN where a close is not positive; one fewer than bars."""
        close = self.traded[:, 3]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(np.where(close > 0, close, np.nan))
        moves: FloatArray = np.diff(logs)
        return moves

    @cached_property
    def usual_move(self) -> float:
        """Standard deviation of the moves, from their median size, which a few wild ones do not change."""
        known = np.abs(self.log_moves[~np.isnan(self.log_moves)])
        return max(float(np.median(known)) / 0.6745, 1e-4) if len(known) else 1e-4

    @cached_property
    def dates(self) -> FloatArray:
        """Day number of all bars, since 1970."""
        days: FloatArray = self.labels.to_numpy().astype("datetime64[D]").astype("int64")
        return days

    def named(self, rows: IntArray) -> tuple[str, ...]:
        """Return the first few of some bars by their labels."""
        return self.stamps(self.labels[rows[:SHOWN]])

    def stamps(self, labels: pd.DatetimeIndex) -> tuple[str, ...]:
        """Return the first few labels as ISO texts, as the source wrote them."""
        return tuple(iso(self.written.local(label), self.interval) for label in labels[:SHOWN])


def iso(label: pd.Timestamp, interval: Interval) -> str:
    """Write a label as ISO: the date of daily and longer bars, else the stamp."""
    return str(label.isoformat()) if interval.is_intraday else label.date().isoformat()
