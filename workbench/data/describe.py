"""`describe_panel`: everything to know of a panel before an experiment is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import Bars, TimeArray
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import Panel
from workbench.data.calendars import Calendar
from workbench.data.calendars import calendar as find_calendar
from workbench.data.description.dependence import describe_dependence
from workbench.data.description.described import Description, SymbolDescription
from workbench.data.description.gaps import describe_gaps
from workbench.data.description.returns import (
    describe_drawdown,
    describe_prices,
    describe_returns,
    describe_rolling,
    rolling,
)
from workbench.data.description.series import Closes, finite_closes
from workbench.data.description.shift import describe_persistence, describe_shift
from workbench.data.periods import periods_per_year
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def describe_panel(panel: Panel, *, test_fraction: float = 0.2, calendar: str | Calendar | None = None) -> Description:
    """Describe every symbol of a panel in plain numbers.

    Parameters
    ----------
    panel : Panel
        Closes may be missing or of any sign.
    test_fraction : float, default=0.2
        Share of the bars, the last ones, that is compared with those before and on which persistence is scored. The
        border is that of `Holdout(test_fraction)`: on the timeline of the whole panel, so that the numbers are those
        of a run. Bars without a close are left out first, as `missing="drop"` does.
    calendar : str or Calendar, optional
        Calendar whose sessions must have a bar, and that says how many of them make a year. Without one, holidays
        count as gaps, and a year is read off the bars.

    Returns
    -------
    Description

    Raises
    ------
    DataError
        `test_fraction` is not between 0 and 1, or there is no such calendar.
    """
    if not 0 < test_fraction < 1:
        raise DataError(f"`test_fraction` is {test_fraction!r}; expected a number between 0 and 1, such as 0.2.")
    kept = find_calendar(calendar) if isinstance(calendar, str) else calendar
    border = _border(panel, test_fraction)
    described = tuple(_describe(panel, symbol, border, test_fraction, kept) for symbol in panel)
    return Description(panel.interval, test_fraction, None if kept is None else kept.name, described)


def _border(panel: Panel, test_fraction: float) -> np.datetime64 | None:
    """When the first close of the test is known; None where there is no close, or no room for a test."""
    known = [_known_at(panel[symbol]) for symbol in panel]
    times = known[0] if len(known) == 1 else np.unique(np.concatenate(known))
    first = int(round((1 - test_fraction) * len(times), 9))  # the rule of `Holdout`
    border: np.datetime64 | None = times[first] if first < len(times) else None
    return border


def _known_at(bars: Bars) -> TimeArray:
    known: pd.Series[pd.Timestamp] = bars["known_at"]
    moments: TimeArray = known.to_numpy()[np.isfinite(bars["close"].to_numpy(dtype=np.float64))]
    return moments


def _describe(
    panel: Panel, symbol: str, border: np.datetime64 | None, test_fraction: float, calendar: Calendar | None
) -> SymbolDescription:
    bars, interval = panel[symbol], Interval.parse(panel.interval)
    known = _known_at(bars)
    n_train = len(known) if border is None else int(np.searchsorted(known, border, side="left"))
    closes = Closes(bars, interval, _per_year(finite_closes(bars), interval, calendar), n_train)
    lines = rolling(closes)
    return SymbolDescription(
        symbol=symbol,
        interval=panel.interval,
        bars=len(bars),
        n_prices=len(closes.values),
        first=closes.at(0) if len(known) else None,
        last=closes.at(-1) if len(known) else None,
        prices=describe_prices(closes),
        returns=describe_returns(closes),
        rolling_volatility=describe_rolling(closes, lines),
        autocorrelation=describe_dependence(closes),
        shift=describe_shift(closes, test_fraction),
        gaps=describe_gaps(closes, calendar),
        drawdown=describe_drawdown(closes),
        persistence=describe_persistence(closes),
        reasons=closes.reasons,
        lines=lines,
    )


def _per_year(closes: pd.Series[float], interval: Interval, calendar: Calendar | None) -> float:
    """Bars that make a year, read off the bars; sessions in a year are those of the calendar if there is one."""
    import pandas as pd

    labels = pd.DatetimeIndex(closes.index)
    if not len(labels):
        return 1.0
    found = periods_per_year(labels, str(interval))
    if calendar is None or interval.unit in ("wk", "mo"):
        return found
    return found / periods_per_year(labels, "1d") * calendar.periods_per_year
