"""Digits of other scripts, as in Arabic and Japanese files."""

from __future__ import annotations

import unicodedata

_MARKS = str.maketrans(
    {"\u066b": ".", "\u066c": ",", "\uff0e": ".", "\uff0c": ",", "\uff0d": "-", "\uff0f": "/", "\uff1a": ":"}
)
"""Arabic marks of decimals and thousands, and marks of full width."""


def in_ascii(text: str) -> str:
    """Return a number or a date with ASCII digits and marks, and any other text as it is but for these."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(mark, mark)) for mark in text.translate(_MARKS))
