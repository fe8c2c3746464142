"""`check_bars`: every check, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval
from workbench.contracts.repair import Repair
from workbench.data.calendars import Calendar
from workbench.data.health.gaps import check_days, check_steps
from workbench.data.health.hours import check_hours
from workbench.data.health.inspected import Inspected, iso
from workbench.data.health.moves import check_moves
from workbench.data.health.records import UNTREATED, Problem, SeriesHealth, Treatment, worst_first
from workbench.data.health.rows import check_missing, check_ranges, check_signs
from workbench.data.health.sessions import NO_CALENDAR, ExpectedDays, expected_days
from workbench.data.health.spans import check_future, check_interval, check_length
from workbench.data.health.still import check_constant, check_stale, check_volume
from workbench.data.health.written import WrittenStamps
from workbench.data.periods import periods_per_year

if TYPE_CHECKING:
    import pandas as pd

CHECKS: tuple[Callable[[Inspected], Iterator[Problem]], ...] = (
    check_length,
    check_interval,
    check_missing,
    check_moves,
    check_future,
    check_days,
    check_steps,
    check_hours,
    check_signs,
    check_ranges,
    check_constant,
    check_stale,
    check_volume,
)


def check_bars(
    bars: Bars,
    symbol: str,
    interval: Interval | str,
    *,
    repairs: Sequence[Repair] = (),
    calendar: Calendar | ExpectedDays | str | None = None,
    raw: pd.DataFrame | None = None,
    stamps: str = "start",
    treatment: Treatment = UNTREATED,
    now: pd.Timestamp | None = None,
) -> SeriesHealth:
    """Make the health sheet of one series.

    Parameters
    ----------
    bars : DataFrame
        Tidy bars; not changed.
    symbol : str
    interval : Interval or str
        Their length.
    repairs : sequence of Repair
        What had to be mended to read them; reported beside the problems.
    calendar : Calendar, str, ExpectedDays or None
        The exchange calendar; None takes what the bars show, and weekdays where they show nothing. What
        `expected_days` returned for the same days may be handed in again.
    raw : DataFrame, optional
        What the source answered, for the first and last stamp as it wrote them; by default they are in UTC.
    stamps : {"start", "end"}
        Which moment of an intraday bar the source wrote down; `bars` and `raw` have its start.
    treatment : Treatment
        What was done to the bars before; for the advice, and reported.
    now : Timestamp, optional
        This moment, UTC without a zone; by default the machine's clock.

    Returns
    -------
    SeriesHealth
    """
    import pandas as pd

    length = Interval.parse(interval) if isinstance(interval, str) else interval
    labels = pd.DatetimeIndex(bars.index)
    priced = labels[bars["close"].notna().to_numpy()]
    days = calendar if isinstance(calendar, ExpectedDays) else expected_days(priced, length, calendar)
    moment = pd.Timestamp.now("UTC").tz_localize(None) if now is None else now
    written = WrittenStamps.of(raw, length, stamps) if length.is_intraday else WrittenStamps.unknown()
    seen = Inspected(bars, length, days, treatment.adjust, moment, written)
    problems = [found for check in CHECKS for found in check(seen)]
    stated = days.calendar if days.is_stated else None  # what the statistics of a run count with
    return SeriesHealth(
        symbol=symbol,
        rows=len(priced),
        first=iso(written.local(priced[0]), length) if len(priced) else None,
        last=iso(written.local(priced[-1]), length) if len(priced) else None,
        interval=str(length),
        n_missing=int(np.isnan(seen.prices).any(axis=1).sum()),
        calendar=NO_CALENDAR if length.unit in ("wk", "mo") and not days.is_stated else days.name,
        calendar_is_stated=days.is_stated,
        timezone=written.timezone,
        periods_per_year=periods_per_year(priced, str(length), stated) if len(priced) else None,
        treatment=treatment,
        repairs=tuple(repairs),
        problems=worst_first(problems),
    )
