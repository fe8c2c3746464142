"""The header that a file without one seems to lack."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench_sources._guessing import is_date_text

_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?")
_EPOCH = re.compile(r"\d{10}|\d{13}|\d{16}|\d{19}|(?:19|20)\d{6}")
_PLAIN = re.compile(r"[-+]?\d*\.?\d+")
_PRICES = ("open", "high", "low", "close")
_USUAL = ("date", *_PRICES, "volume")


def proposed_header(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return names for the columns that rows seem to have: a date, perhaps a time and a symbol, prices and volume.

    Prices are told by their size: of four in a row, the second is never below the others, the third never above them.
    Columns that tell nothing are called `column_8` and the like; where no column tells anything, the usual header is
    given.
    """
    width = len(rows[0])
    names = [f"column_{at}" for at in range(1, width + 1)]
    columns = [[row[at].strip() for row in rows] for at in range(width)]
    dates = next((at for at, texts in enumerate(columns[:3]) if all(map(_is_moment, texts))), None)
    if dates is None:
        return list(_USUAL)
    names[dates] = "date"
    rest = dates + 1
    if rest < width and all(map(_CLOCK.fullmatch, columns[rest])):
        names[rest], rest = "time", rest + 1
    for at in range(dates):
        if all(re.search("[A-Za-z]", text) for text in columns[at]):
            names[at] = "symbol"
            break
    if all(map(are_bars, (row[rest : rest + 4] for row in rows))):
        names[rest : rest + 4] = _PRICES
        rest += 4
    elif rest < width and width - rest <= 2:
        names[rest], rest = "close", rest + 1
    else:
        return list(_USUAL)
    if rest < width and all(map(_PLAIN.fullmatch, columns[rest])):
        names[rest] = "volume"
    return names


def _is_moment(text: str) -> bool:
    return _EPOCH.fullmatch(text) is not None or is_date_text(text)


def are_bars(prices: Sequence[str]) -> bool:
    """Whether four numbers may be an open, a high, a low and a close."""
    if len(prices) < 4 or not all(map(_PLAIN.fullmatch, prices)):
        return False
    first, high, low, last = map(float, prices)
    return low <= min(first, last) and max(first, last) <= high
