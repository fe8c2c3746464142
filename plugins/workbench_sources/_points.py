"""Points that may be decimal ones or mark thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import DataError, FloatArray

if TYPE_CHECKING:
    import pandas as pd


def may_mark_thousands(name: str, numbers: FloatArray) -> bool:
    """Whether points that were read as decimal ones may mark thousands, by the numbers alone.

    That is where none has more than three decimals, and one has three. Prices such as 1.021 beside 995 are doubtful,
    those beside 1.034 are not; volumes are always.
    """
    known = numbers[np.isfinite(numbers)]
    broken, whole = known[known != np.round(known)], np.abs(known[known == np.round(known)])
    if not len(broken) or np.abs(broken).min() < 1 or np.abs(broken).max() >= 1000:
        return False
    thousandths = np.abs(broken) * 1000
    if (np.abs(thousandths - np.round(thousandths)) > 1e-6).any() or not (np.round(thousandths) % 10 != 0).any():
        return False
    if name == "volume":
        return True
    whole = whole[whole >= 100]
    if not len(whole):
        return False
    ratio = float(np.log10(np.median(whole) / np.median(np.abs(broken))))
    return ratio > 1.5  # nearer to a thousand times than to the same


def refuse_doubtful_points(name: str, text: pd.Series[Any]) -> None:
    """Refuse numbers such as 1.021 beside 995: the points may mark thousands.

    Raises
    ------
    DataError
        Those in `text` are such.
    """
    import pandas as pd

    unique = text.dropna()
    pointed = unique.str.contains(".", regex=False).to_numpy(dtype=bool)
    if not pointed.any() or not unique[pointed].str.fullmatch(r"[-+]?[1-9]\d{0,2}\.\d{3}").all():
        return
    if not unique[~pointed].str.fullmatch(r"[-+]?\d+").all():
        return
    if not may_mark_thousands(name, pd.to_numeric(unique).to_numpy(dtype=np.float64)):
        return
    example = str(unique[pointed].iloc[0])
    beside = f" beside {unique[~pointed].iloc[-1]!r}" if not pointed.all() else ""
    raise DataError(
        f"numbers such as {example!r}{beside} in {name!r} may be {example.replace('.', '')} or {example}: the "
        "point may mark thousands. Say what the decimal mark is: `decimal = '.'` or `decimal = ','`."
    )
