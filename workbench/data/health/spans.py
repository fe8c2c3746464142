"""Length, distance and end of a series."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.contracts.intervals import infer_interval
from workbench.data.health.inspected import Inspected, iso
from workbench.data.health.records import Problem, problem
from workbench.data.health.texts import counted
from workbench.errors import DataError

ENOUGH = 30
"""Bars with which a run of the usual lookback can just be made."""


def check_length(seen: Inspected) -> Iterator[Problem]:
    """Report a series that is too short for any run."""
    n = int(seen.is_priced.sum())
    if n < ENOUGH:
        yield problem(
            "too_short",
            f"{counted(n, 'bar')} with a price; the usual lookback of 20 bars and a test need {ENOUGH} at least.",
            "Load more history.",
            rows=n,
        )


def check_interval(seen: Inspected) -> Iterator[Problem]:
    """Compare the distance between bars with the interval."""
    if len(seen.labels) < 20:
        return
    try:
        found = infer_interval(seen.labels)
    except DataError as err:
        yield problem("irregular", f"The interval cannot be read off the bars: {err}", "Resample them to one interval.")
        return
    if not 0.5 < found.seconds / seen.interval.seconds < 2:
        yield problem(
            "other_interval",
            f"The interval is {seen.interval}, but bars are usually {found} apart.",
            f'Set `interval = "{found}"` (`--interval {found}`).',
        )
        return
    if seen.interval.unit in ("wk", "mo"):
        return
    steps = np.diff(seen.labels.to_numpy()).astype("timedelta64[s]").astype("int64")
    off = np.flatnonzero(steps != seen.interval.seconds)
    if len(off) > 0.5 * len(steps):
        yield problem(
            "irregular",
            f"Only {1 - len(off) / len(steps):.0%} of the bars follow the one before by {seen.interval}.",
            "A forecast counts bars, not time. Resample the bars to one interval, or set the `interval` they have.",
            rows=len(off),
            at=seen.named(off + 1),
        )


def check_future(seen: Inspected) -> Iterator[Problem]:
    """Report bars dated after now, and bars that are not complete yet."""
    if not len(seen.labels) or seen.bars["known_at"].iloc[-1] <= seen.now:
        return
    ahead = np.flatnonzero(seen.labels > seen.now)
    open_ = np.flatnonzero((seen.bars["known_at"].to_numpy() > seen.now.to_datetime64()) & (seen.labels <= seen.now))
    if len(ahead):
        yield problem(
            "future",
            f"{counted(len(ahead), 'bar')} dated after now, {iso(seen.now.floor('min'), seen.interval)}; the last on "
            f"{iso(seen.labels[-1], seen.interval)}.",
            "Check how dates are read (`--set date_format=%d-%m-%Y`), the zone of stamps (`--set timezone=...`) and "
            "this machine's clock.",
            rows=len(ahead),
            at=seen.named(ahead),
        )
    if len(open_):
        yield problem(
            "unfinished",
            f"{counted(len(open_), 'bar')} not complete yet by this machine's clock.",
            "They may change; leave them out with `end`.",
            rows=len(open_),
            at=seen.named(open_),
        )
