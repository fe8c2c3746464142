"""Points that may be decimal ones or mark thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import DataError, FloatArray

if TYPE_CHECKING:
    import pandas as pd

_ENOUGH = 1_000
"""Numbers that mostly tell."""


def may_mark_thousands(name: str, numbers: FloatArray) -> bool:
    """Whether points that were read as decimal ones may mark thousands, by the numbers alone.

    That is where none has more than three decimals, and one has three. Prices such as 1.021 beside 995 are doubtful,
    those beside 1.034 are not; volumes are always.
    """
    return _may_mark(name, numbers[:_ENOUGH]) is not False and _may_mark(name, numbers) is True


def _may_mark(name: str, numbers: FloatArray) -> bool | None:
    """Return the same of some numbers; None where others could tell."""
    known = numbers[np.isfinite(numbers)]
    is_whole = known == np.round(known)
    broken, whole = np.abs(known[~is_whole]), np.abs(known[is_whole])
    if not len(broken):
        return None
    if broken.min() < 1 or broken.max() >= 1000:
        return False
    thousandths = np.round(broken * 1000)
    if (np.abs(broken * 1000 - thousandths) > 1e-6).any():
        return False
    whole = whole[whole >= 100]
    if not (thousandths % 10 != 0).any() or (name != "volume" and not len(whole)):
        return None
    return name == "volume" or _are_nearer_thousandfold(broken, whole) or None


def _are_nearer_thousandfold(broken: FloatArray, whole: FloatArray) -> bool:
    return bool(np.log10(np.median(whole) / np.median(broken)) > 1.5)


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
