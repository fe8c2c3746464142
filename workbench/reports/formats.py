"""How numbers, moments and names are written for people; percent exists only here."""

from __future__ import annotations

import math
import re
from typing import Any

UNDEFINED = "undefined"
NONE = "\N{EN DASH}"
"""Stands in a cell that has no value."""
_MINUS = "\N{MINUS SIGN}"
_THIN = "\N{NARROW NO-BREAK SPACE}"


def is_known(value: Any) -> bool:
    """Whether `value` is a finite number."""
    try:
        return value is not None and math.isfinite(value)
    except TypeError:  # pandas' NA
        return False


def percent(value: Any, digits: int = 1, *, signed: bool = False) -> str:
    """Write a fraction as percent, or say that it is undefined."""
    if not is_known(value):
        return UNDEFINED
    text = f"{100 * float(value):{'+' if signed else ''},.{digits}f}"
    if not text.strip("+-0.,"):  # a rounded nothing has no sign
        text = text.lstrip("+-")
    return f"{_typeset(text)}{_THIN}%"


def number(value: Any) -> str:
    """Write a number with four significant digits, or two decimals from 1000 on, or say that it is undefined."""
    if not is_known(value):
        return UNDEFINED
    value = float(value)
    if value == 0:
        return "0"
    return _typeset(f"{value:,.2f}" if abs(value) >= 999.95 else f"{value:#.4g}")


def number_as_given(value: float) -> str:
    """Write a number that somebody chose, with no more digits than it needs, at most six."""
    return _typeset(f"{value:.6g}")


def price(value: Any) -> str:
    """Write a price: two decimals from 100 on, else five significant digits; or say that it is undefined."""
    if not is_known(value):
        return UNDEFINED
    value = float(value)
    return _typeset(f"{value:,.2f}" if abs(value) >= 100 else f"{value:#.5g}")


def money(value: Any) -> str:
    """Write an amount of money, or say that it is undefined."""
    return _typeset(f"{float(value):,.2f}") if is_known(value) else UNDEFINED


def ratio(value: Any) -> str:
    """Write a ratio such as Sharpe's with two decimals, or say that it is undefined."""
    return _typeset(f"{float(value):,.2f}") if is_known(value) else UNDEFINED


def count(value: Any) -> str:
    """Write a whole number, or say that it is undefined."""
    return _typeset(f"{round(value):,}") if is_known(value) else UNDEFINED


def moment(value: Any) -> str:
    """Write a timestamp: the date alone at midnight, else to the minute."""
    import pandas as pd

    if pd.isna(value):
        return NONE
    stamp = pd.Timestamp(value)
    return f"{stamp:%Y-%m-%d}" if stamp == stamp.normalize() else f"{stamp:%Y-%m-%d %H:%M}"


def listing(names: Any, limit: int = 6) -> str:
    """Write names one after another; beyond `limit` say how many more there are."""
    texts = [str(name) for name in names]
    if len(texts) <= limit:
        return ", ".join(texts)
    return f"{', '.join(texts[:limit])} and {len(texts) - limit} more"


def shortened(text: str, limit: int = 48) -> str:
    """Cut a text that is too long for where it stands."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def slug(text: str) -> str:
    """Turn a name into what any file system takes: letters, digits and hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")
    return plain or "run"


def _typeset(text: str) -> str:
    return text.replace("-", _MINUS)
