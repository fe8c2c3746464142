"""The canonical content of bars: what is stored, what is compared, and what is hashed.

A frame of bars is indexed by `time` (when the bar is known, UTC) and has `session`, `open`, `high`, `low`,
`close`, `volume` and any extra columns. Its canonical rows have `time` as a column and the extra columns as
one JSON text.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench_store._errors import StoreError

PRICES = ("open", "high", "low", "close", "volume")
_FIXED = ("session", *PRICES)


def canonical_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn a frame of bars into its canonical rows, sorted by time.

    Raises
    ------
    StoreError
        If a column is missing, a time is missing, doubled or finer than a microsecond, or an extra column
        holds what cannot be stored.
    """
    _check_columns(frame)
    rows = pd.DataFrame(
        {"time": _moments(frame.index.to_series(), "time"), "session": _moments(frame["session"], "session")}
    )
    for name in PRICES:
        rows[name] = _numbers(frame[name])
    rows["extra"] = pd.Series(_encode_extra(frame.drop(columns=list(_FIXED))), index=rows.index, dtype=object)
    _check_times(rows)
    return rows.sort_values("time", ignore_index=True)


def bars_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Turn canonical rows back into a frame of bars; extra columns come in alphabetical order.

    Whole numbers come back as int64 and other numbers as float64, truth values as bool, text as str, moments
    as datetime64. A column in which something is missing holds NaN there, so that whole numbers turn into
    float64.
    """
    fixed = rows[list(_FIXED)].set_index(pd.DatetimeIndex(rows["time"], name="time"))
    extra = _decode_extra(rows["extra"].tolist())
    return pd.concat([fixed, extra.set_index(fixed.index)], axis=1) if len(extra.columns) else fixed


def bars_sha256(frame: pd.DataFrame) -> str:
    """Hash a frame of bars as `Store.save_bars` would when it is all there is of the series."""
    return content_sha256(canonical_rows(frame))


def content_sha256(rows: pd.DataFrame) -> str:
    """Hash canonical rows, oldest first, as `docs/reference/store.md` spells out.

    Depends on the rows alone: not on the revisions they came in, nor on how often they were written.
    """
    digest = hashlib.sha256(b"workbench bars 1\n")
    for name in ("time", "session"):
        digest.update(rows[name].to_numpy("datetime64[us]").astype("<i8").tobytes())
    for name in PRICES:
        values = rows[name].to_numpy("<f8")
        digest.update(np.where(np.isnan(values), np.nan, values).astype("<f8").tobytes())  # one NaN of the many
    for text in rows["extra"]:
        digest.update((text if isinstance(text, str) else "").encode() + b"\n")
    return digest.hexdigest()


def _check_columns(frame: pd.DataFrame) -> None:
    if not isinstance(frame.index, pd.DatetimeIndex):
        raise StoreError(f"bars must be indexed by time (UTC), not by a {type(frame.index).__name__}.")
    missing = [name for name in _FIXED if name not in frame.columns]
    if missing:
        raise StoreError(f"bars lack the columns {', '.join(missing)}; they need {', '.join(_FIXED)}.")
    if frame.empty:
        raise StoreError("there are no bars to store; a series has at least one row.")


def _check_times(rows: pd.DataFrame) -> None:
    n_missing = int(rows[["time", "session"]].isna().any(axis=1).sum())
    if n_missing:
        raise StoreError(f"{n_missing} bars have no time or no session; every bar needs both.")
    doubled = rows.loc[rows["time"].duplicated(), "time"]
    if len(doubled):
        raise StoreError(f"two bars have the time {doubled.iloc[0]}; drop one of them.")


def _moments(values: pd.Series[Any], name: str) -> np.ndarray[Any, Any]:
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        raise StoreError(f"column `{name}` of the bars must hold moments, not {values.dtype}.")
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    exact = values.to_numpy()
    stored = exact.astype("datetime64[us]")
    if (stored.astype(exact.dtype) != exact)[~np.isnat(exact)].any():
        raise StoreError(f"column `{name}` of the bars is finer than a microsecond; round it first.")
    return stored


def _numbers(values: pd.Series[Any]) -> np.ndarray[Any, Any]:
    try:
        numbers = values.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as err:
        raise StoreError(f"column `{values.name}` of the bars must hold numbers: {err}.") from err
    return numbers + 0.0  # minus zero becomes zero, which it equals


def _encode_extra(extra: pd.DataFrame) -> list[str | None]:
    if not len(extra.columns):
        return [None] * len(extra)
    names = sorted(str(name) for name in extra.columns)
    row = "{" + ", ".join(f"{json.dumps(name).replace('%', '%%')}: %s" for name in names) + "}"
    return [row % texts for texts in zip(*(_json_texts(extra[name]) for name in names), strict=True)]


def _json_texts(column: pd.Series[Any]) -> list[str]:
    """Write each value as JSON; plain floats and whole numbers at once, since there may be millions."""
    if column.dtype == np.int64:
        return list(map(str, column.tolist()))
    if column.dtype == np.float64 and not np.isinf(column.to_numpy()).any():
        return ["null" if math.isnan(value) else repr(value) for value in column.tolist()]
    return [json.dumps(_encode(str(column.name), value)) for value in column.astype(object)]


def _encode(name: str, value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return {"moment": (value.tz_convert("UTC") if value.tz else value).isoformat()}
    if isinstance(value, float) and math.isinf(value):
        raise StoreError(f"extra column `{name}` of the bars holds an infinity, which JSON cannot; make it NaN.")
    if isinstance(value, str | int | float):
        return value
    raise StoreError(f"extra column `{name}` of the bars holds a {type(value).__name__}; drop it or make it text.")


def _decode_extra(texts: Sequence[object]) -> pd.DataFrame:
    if not any(isinstance(text, str) for text in texts):
        return pd.DataFrame()
    records = json.loads(f"[{','.join(text if isinstance(text, str) else '{}' for text in texts)}]")
    names = sorted({name for record in records for name in record})
    return pd.DataFrame({name: _decode([record.get(name) for record in records]) for name in names})


def _decode(values: list[Any]) -> pd.Series[Any]:
    known = [value for value in values if value is not None]
    if not known:
        return pd.Series(np.nan, index=range(len(values)), dtype=np.float64)
    if all(isinstance(value, dict) for value in known):
        texts = [value and value["moment"] for value in values]
        is_aware = any(text.endswith("+00:00") for text in texts if text)
        return pd.Series(pd.to_datetime(texts, format="ISO8601", utc=is_aware))
    return pd.Series(values)
