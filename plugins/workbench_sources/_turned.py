"""Dates of which a spreadsheet has turned days and months round, where both could be either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import DataError

if TYPE_CHECKING:
    import pandas as pd

_SHARE = 0.1
"""Of the rows; fewer may be out of order for other reasons."""


def refuse_turned_dates(dates: pd.DatetimeIndex, text: pd.Index[Any], form: str) -> None:
    """Refuse dates that come in no order, and do so when those that could be turned round are.

    Parameters
    ----------
    dates : DatetimeIndex
        As read.
    text : Index
        As written.
    form : str
        In which they were read.

    Raises
    ------
    DataError
        Days and months look mixed.
    """
    share = _share_out_of_order(dates.to_numpy().astype("datetime64[D]"))
    if share <= _SHARE:
        return
    years, months, days = (np.asarray(part, dtype=np.int64) for part in (dates.year, dates.month, dates.day))
    may_turn = days <= 12
    months, days = np.where(may_turn, days, months), np.where(may_turn, months, days)
    turned = ((years - 1970) * 12 + months - 1).astype("datetime64[M]").astype("datetime64[D]") + (days - 1)
    if _share_out_of_order(turned) > share / 2:
        return
    some, other = text[int(may_turn.argmax())], text[int((~may_turn).argmax())]
    raise DataError(
        f"days and months look mixed, as after a spreadsheet: {other!r} can be read in the form {form} alone, and with "
        f"all dates read so, such as {some!r}, the rows come in no order. Write all dates in one way, best as "
        f"2020-12-31. If they are truly so, set `date_format = {form!r}`."
    )


def _share_out_of_order(days: Any) -> float:
    """Return the share of rows that come after later ones, or after earlier ones where the newest comes first."""
    late, early = days < np.maximum.accumulate(days), days > np.minimum.accumulate(days)
    return float(min(late.mean(), early.mean()))
