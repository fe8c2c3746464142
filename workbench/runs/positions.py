"""The positions that follow from forecasts of bars to come."""

from __future__ import annotations

import pandas as pd

from workbench.contracts.arrays import Forecasts
from workbench.contracts.intervals import Interval
from workbench.plan.resolve import Resolved
from workbench.runs.ahead import Ahead
from workbench.runs.signals import ask_strategy
from workbench.runs.trading import FORECAST_COLUMNS

SIGNAL_COLUMNS = ["symbol", "origin", "position", "stop", "take_profit", "fill_time", "fill_from", "late"]


def next_positions(resolved: Resolved, ahead: Ahead, mean: Forecasts) -> pd.DataFrame:
    """Ask the strategy what position to hold from the next open on, given the newest forecast and the bars up to it.

    Returns
    -------
    DataFrame
        One row per symbol: `symbol, origin, position, stop, take_profit`; `fill_time`, the label of the next bar;
        `fill_from`, when it opens (NaT where no calendar says so), and `known_at`, when it will be over.
    """
    assert resolved.strategy is not None, "asked for only where there is one"
    answer = ask_strategy(resolved.strategy, mean[FORECAST_COLUMNS], ahead.prepared.panel)
    rows = answer.reset_index()
    newest = mean.drop_duplicates("symbol").set_index("symbol")["origin"]
    rows = rows[rows["origin"] == rows["symbol"].map(newest)]
    rows["fill_time"] = pd.DatetimeIndex([ahead.upcoming[s].labels[0] for s in rows["symbol"]])
    rows["fill_from"] = pd.DatetimeIndex([_opening(ahead, s) for s in rows["symbol"]])
    rows["known_at"] = pd.DatetimeIndex([ahead.upcoming[s].known_at[0] for s in rows["symbol"]])
    return rows.reset_index(drop=True)


def _opening(ahead: Ahead, symbol: str) -> pd.Timestamp:
    """When the next bar opens; NaT where no calendar says so."""
    coming = ahead.upcoming[symbol]
    if Interval.parse(ahead.prepared.panel.interval).is_intraday:
        return pd.Timestamp(coming.labels[0])
    if coming.calendar is None:
        return pd.NaT  # type: ignore[return-value]
    return pd.Timestamp(coming.calendar.opens(coming.labels[:1])[0])
