"""Holding less where more movement is forecast."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from workbench import DataError, FloatArray, Forecasts, Panel, Strategy
from workbench_strategies._positions import positions

if TYPE_CHECKING:
    import pandas as pd

_PER_YEAR = {"d": 252.0, "wk": 52.0, "mo": 12.0}
_PARKINSON = 2.0 * np.sqrt(np.log(2.0))


class VolatilityTarget(Strategy, name="volatility_target"):
    """Hold as much as keeps the volatility that is forecast at a target: all in while it is calm, less in a storm.

    Notes
    -----
    Exposure is `target_volatility` over the volatility that is forecast, at most `max_exposure`: long only, never on
    credit. A forecast of `log_range` is taken for a volatility as Parkinson does [1]_: a range of `exp(forecast)` over
    `2 * sqrt(ln 2)` is the standard deviation of a bar's log return, and its square grows with time, so that a year
    has `sqrt(periods_per_year)` times as much. That is low, and so the account moves more than the target says: the
    exponential of a forecast logarithm is a usual range, not the mean (of a random walk 8 % too low), and what the
    price does between the close and the next open is in no range. Aim lower by what a backtest shows.

    The exposure is held until the one asked for lies more than `band` away from it; otherwise every forecast would
    trade. So a signal depends on the earlier forecasts of its symbol, from the first one of the run on. Where there
    is no forecast it is 0.

    References
    ----------
    .. [1] Parkinson (1980), "The Extreme Value Method for Estimating the Variance of the Rate of Return", *Journal of
       Business* 53(1), 61-65.
    """

    for_targets: ClassVar[frozenset[str]] = frozenset({"log_range"})

    target_volatility: float = Field(
        0.15, gt=0, description="standard deviation of log returns to aim at, a year: 0.15 is 15 %"
    )
    max_exposure: float = Field(1.0, gt=0, le=1, description="largest share of equity to hold")
    band: float = Field(
        0.1, ge=0, lt=1, description="share of equity by which the exposure may be off before it trades"
    )
    periods_per_year: float | None = Field(
        None,
        gt=0,
        description="bars in a year: 365 of a market that never closes; by default 252, 52 or 12 of daily, weekly or "
        "monthly bars, and intraday bars need to be told",
    )

    def signals(self, forecasts: Forecasts, panel: Panel) -> pd.Series:
        """Return exposures between 0 and `max_exposure`.

        Raises
        ------
        DataError
            The bars are intraday, and `periods_per_year` is not given.
        """
        asked = self.exposures(forecasts["forecast"].to_numpy(np.float64), _per_year(self.periods_per_year, panel))
        held = np.zeros(len(forecasts))
        for rows in _rows_by_symbol(forecasts):
            held[rows] = _keep_within(asked[rows], self.band)
        return positions(forecasts, held)

    def exposures(self, log_range: FloatArray, periods_per_year: float) -> FloatArray:
        """Return the exposure that each forecast asks for, of shape (n,); 0 where there is none."""
        with np.errstate(over="ignore", divide="ignore"):
            volatility = np.exp(log_range) / _PARKINSON * np.sqrt(periods_per_year)
            exposure = np.minimum(self.target_volatility / volatility, self.max_exposure)
        return np.where(np.isfinite(exposure), exposure, 0.0)


def _per_year(given: float | None, panel: Panel) -> float:
    """Return bars per year as given, or as usual for the length of the bars."""
    if given is not None:
        return given
    length = re.fullmatch(r"(\d+)(d|wk|mo)", panel.interval)
    if length is None:
        raise DataError(
            f"volatility_target does not know how many bars of {panel.interval} make a year; give it "
            "`periods_per_year`, such as 252 * 7 for hourly bars of a session of seven hours."
        )
    return _PER_YEAR[length[2]] / int(length[1])


def _rows_by_symbol(forecasts: Forecasts) -> list[FloatArray]:
    """Return the rows of each symbol, in the order of their origins."""
    in_order = forecasts.reset_index(drop=True).sort_values("origin", kind="stable")
    return [part.index.to_numpy() for _, part in in_order.groupby("symbol", sort=False)]


def _keep_within(asked: FloatArray, band: float) -> FloatArray:
    """Follow a series, but only where it is further than `band` from what was last taken; 0 is taken at once."""
    kept = np.empty(len(asked))
    last = 0.0
    for row, value in enumerate(asked):
        if value == 0 or last == 0 or abs(value - last) > band:
            last = value
        kept[row] = last
    return kept
