"""Bars that are wrong by themselves: without prices, below zero, or with a range that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.contracts.arrays import BoolArray
from workbench.contracts.panel import PRICE_COLUMNS
from workbench.data.health.inspected import Inspected
from workbench.data.health.records import Problem, problem
from workbench.data.health.texts import counted, number

_MISSING_ADVICE = (
    "Set `missing`: `--set missing=drop` leaves these bars out, `--set missing=ffill` carries the last close forward."
)
_CLOSE_ADVICE = (
    "Log returns refuse such a close. If it is a wrong number, empty the prices of the bar in the file and set "
    '`missing`. If prices may be negative, as of spreads and some futures, use `target = "price"` and the feature '
    '`"column"` in place of `"log_return"`.'
)
_NEARLY_ALL = 0.9
_ENOUGH = 10
"""Bars with a range from which columns are said to be exchanged."""
_ROUNDING = 1e-9
"""Relative error of prices that were computed, such as adjusted ones."""


def check_missing(seen: Inspected) -> Iterator[Problem]:
    """Report bars without any price, and those that lack some."""
    absent = np.isnan(seen.prices)
    empty = np.flatnonzero(absent.all(axis=1))
    partial = np.flatnonzero(absent.any(axis=1) & ~absent.all(axis=1))
    if len(empty):
        yield problem(
            "missing_rows",
            f"{counted(len(empty), 'bar')} of {len(absent):,} without any price.",
            _MISSING_ADVICE,
            rows=len(empty),
            at=seen.named(empty),
        )
    if len(partial):
        names = [
            name for name, gone in zip(PRICE_COLUMNS, np.any(absent[partial], axis=0).tolist(), strict=True) if gone
        ]
        yield problem(
            "partial_rows",
            f"{counted(len(partial), 'bar')} of {len(absent):,} without {', '.join(names)}, but with other prices.",
            _MISSING_ADVICE,
            rows=len(partial),
            at=seen.named(partial),
        )


def check_signs(seen: Inspected) -> Iterator[Problem]:
    """Report prices that are zero or negative."""
    low = seen.traded <= 0
    of_close = low[:, 3]
    others = low.any(axis=1) & ~of_close
    if of_close.any():
        yield _not_positive(seen, of_close, "close_not_positive", _CLOSE_ADVICE)
    if others.any():
        yield _not_positive(
            seen,
            others,
            "not_positive",
            "Orders would fill at such an open. Empty these fields in the file, so that `missing` decides on the bars.",
        )


def _not_positive(seen: Inspected, bad: BoolArray, kind: str, advice: str) -> Problem:
    rows, prices = seen.rows[bad], seen.traded[bad]
    words = "zero" if (np.nanmin(prices) == 0) else f"zero or negative, down to {number(float(np.nanmin(prices)))}"
    columns = [name for name, low in zip(PRICE_COLUMNS, np.any(prices <= 0, axis=0).tolist(), strict=True) if low]
    return problem(
        kind,
        f"{', '.join(columns)} {words} in {counted(len(rows), 'bar')}.",
        advice,
        rows=len(rows),
        at=seen.named(rows),
    )


def check_ranges(seen: Inspected) -> Iterator[Problem]:
    """Report bars whose high and low do not enclose the other prices."""
    open_, high, low, close = seen.traded.T
    slack = _ROUNDING * np.abs(close)
    crossed = high < low - slack
    top, bottom = np.fmax(open_, close), np.fmin(open_, close)
    outside = ((top > high + slack) | (bottom < low - slack)) & ~crossed
    bad = crossed | outside
    if not bad.any():
        return
    rows = seen.rows[bad]
    ranged = int((np.abs(high - low) > slack).sum())
    if ranged >= _ENOUGH and crossed.sum() >= _NEARLY_ALL * ranged:
        yield problem(
            "swapped_range",
            f"The high is below the low in {int(crossed.sum()):,} of {counted(ranged, 'bar')}: the columns `high` and "
            "`low` look exchanged.",
            "Exchange the names of the two columns in the file.",
            rows=int(crossed.sum()),
            at=seen.named(seen.rows[crossed]),
        )
        return
    parts = [
        (int(crossed.sum()), "a high below the low"),
        (int(outside.sum()), "an open or close outside of high and low"),
    ]
    said = " and ".join(f"{counted(n, 'bar')} with {what}" for n, what in parts if n)
    yield problem(
        "broken_range",
        f"{said}.",
        "Features and targets that read the range, and stops and limits, are off there. Correct these bars in the "
        "file, or empty their prices and set `missing`.",
        rows=len(rows),
        at=seen.named(rows),
    )
