"""JSON columns and moments: how Python values are written so that they read back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import numpy as np

from workbench_store._errors import StoreError


def utc_now() -> datetime:
    """Return the present moment in UTC, without a zone, as the TIMESTAMP columns hold it."""
    return datetime.now(UTC).replace(tzinfo=None)


def naive_utc(moment: datetime) -> datetime:
    """Return `moment` in UTC without a zone; one that has no zone is UTC already."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def dump_json(value: object, *, sort_keys: bool = False) -> str:
    """Write `value` as JSON; what is not a finite number becomes null, for JSON has no NaN.

    Raises
    ------
    StoreError
        If something in `value` is no JSON, number, date or array.
    """
    return json.dumps(_plain(value), sort_keys=sort_keys, allow_nan=False, separators=(", ", ": "))


def _plain(value: object) -> object:
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [_plain(item) for item in value]
    raise StoreError(f"cannot store a {type(value).__name__} as JSON; pass numbers, text, lists and mappings.")
