"""What an experiment decides about its bars: which of them, and what of missing prices."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.contracts.arrays import Bars
from workbench.contracts.panel import PRICE_COLUMNS
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MissingPolicy = Literal["error", "drop", "ffill"]

_PRICES = list(PRICE_COLUMNS)


def cut(
    bars: Bars, start: str | None, end: str | None, tail: int | None, *, dates: pd.DatetimeIndex | None = None
) -> Bars:
    """Keep the bars of some sessions.

    Parameters
    ----------
    bars : DataFrame
        Tidy bars.
    start, end : str or None
        ISO dates, both inclusive; None is open.
    tail : int or None
        Of these keep only so many, the newest; None keeps all.
    dates : DatetimeIndex, optional
        The date each bar counts to, such as that of its session; by default that of its label, in UTC.

    Returns
    -------
    DataFrame
        Possibly without rows.

    Raises
    ------
    DataError
        A date is not ISO, or `start` is after `end`.
    """
    import pandas as pd

    first, last = _read_date("start", start), _read_date("end", end)
    if first and last and first > last:
        raise DataError(f"`start` is {start} and `end` is {end}; `start` must not be after `end`.")
    sessions = pd.DatetimeIndex(bars.index).normalize() if dates is None else dates
    keep = np.ones(len(bars), dtype=bool)
    if first:
        keep &= sessions >= np.datetime64(first)
    if last:
        keep &= sessions <= np.datetime64(last)
    part = bars[keep]
    return part if tail is None else part.iloc[max(len(part) - tail, 0) :]


def _read_date(field: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise DataError(f"`{field}` is {text!r}; expected an ISO date such as 2018-01-31.") from err


CARRIED = "is_carried"
"""Column that marks bars whose close was carried forward."""


def apply_missing(bars: Bars, policy: MissingPolicy, symbol: str) -> tuple[Bars, int]:
    """Treat bars in which a price is missing.

    Parameters
    ----------
    bars : DataFrame
        Tidy bars.
    policy : {"error", "drop", "ffill"}
        `error` refuses them and `drop` leaves them out. `ffill` carries the last known close forward into
        bars without one, which the column `is_carried` then marks: they are flat, and no order fills in them.
        A missing open is the bar's own close; a missing high and low the larger and smaller of the two.
        Nothing is ever filled from later bars: rows before the first close are dropped.
    symbol : str
        For the message.

    Returns
    -------
    bars : DataFrame
    n_affected : int
        Rows in which open, high, low or close was missing.

    Raises
    ------
    DataError
        The policy is `error` and there are such rows.
    """
    missing = bars[_PRICES].isna().any(axis=1).to_numpy()
    n_affected = int(missing.sum())
    if n_affected == 0:
        return bars, 0
    if policy == "error":
        raise DataError(
            f"{symbol!r} lacks a price in {n_affected} of {len(bars)} bars, the first on "
            f"{bars.index[int(missing.argmax())]}. Set `missing` to 'drop' (leave them out) or 'ffill' "
            "(carry the last close forward)."
        )
    return (bars[~missing] if policy == "drop" else _carry_forward(bars)), n_affected


def _carry_forward(bars: Bars) -> Bars:
    close = bars["close"].ffill()
    # A bar that traded opens at its own close where its open is missing: the close before is the price at which
    # a signal was decided, and nothing may fill there.
    filled = bars.assign(close=close, open=bars["open"].fillna(bars["close"]).fillna(close))
    filled[CARRIED] = bars["close"].isna()
    body = filled[["open", "close"]]
    filled["high"] = bars["high"].fillna(body.max(axis=1))
    filled["low"] = bars["low"].fillna(body.min(axis=1))
    if bars["volume"].notna().any():  # a bar without trades has no volume; a series without volume keeps none
        filled.loc[bars["close"].isna() & bars["volume"].isna(), "volume"] = 0.0
    return filled[close.notna()]
