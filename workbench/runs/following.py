"""Forecasting again and again, as bars arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from workbench.errors import RequestError
from workbench.runs.forward import Forward

SHORTEST = 1.0
"""Seconds between two looks at least."""


def follow(
    forecast: Callable[[Mapping[str, pd.Timestamp] | None], Forward | None],
    *,
    every: float,
    now: Callable[[], pd.Timestamp],
    sleep: Callable[[float], None],
) -> Iterator[Forward]:
    """Yield a set of forecasts now, and another each time a bar has come.

    Parameters
    ----------
    forecast : callable
        Forecasts, given the newest origins that are known per symbol; None where no newer bar is there.
    every : float
        Seconds between two looks, once the next bar is due.
    now : callable
        The clock, UTC.
    sleep : callable
        Waits some seconds.

    Raises
    ------
    RequestError
        `every` is too short.
    """
    if every < SHORTEST:
        raise RequestError(f"`every` is {every:g} seconds; expected at least {SHORTEST:g}, since each look may ask.")
    known: dict[str, pd.Timestamp] = {}
    due = now()
    while True:
        made = forecast(dict(known) or None)
        if made is not None:
            known |= dict(zip(made.forecasts["symbol"], made.forecasts["origin"], strict=True))
            due = first_due(made)
            yield made
        sleep(max((due - now()).total_seconds(), every))


def first_due(made: Forward) -> pd.Timestamp:
    """When the first bar that was forecast will be known."""
    due: pd.Timestamp = made.forecasts["target_known_at"].min()
    return due
