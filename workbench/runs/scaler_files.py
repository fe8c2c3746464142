"""Fitted scalers in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.errors import StoreError
from workbench.evaluation.pipeline import FoldScalers
from workbench.evaluation.scaling import AffineScaler, Scaler


def describe_scalers(scalers: FoldScalers) -> dict[str, dict[str, Any]]:
    """Return the scalers of features and targets, per symbol, in a form that JSON takes; numbers to the last bit.

    Raises
    ------
    NotSaveable
        One is an object that cannot be told in plain values.
    """
    return {
        part: {symbol: _describe(scaler) for symbol, scaler in getattr(scalers, part).items()} for part in ("x", "y")
    }


def remake_scalers(described: Mapping[str, Mapping[str, Any]]) -> FoldScalers:
    """Make the scalers that `describe_scalers` described.

    Raises
    ------
    StoreError
        They are none.
    """
    return FoldScalers(*({s: _remake(item) for s, item in described[part].items()} for part in ("x", "y")))


def _describe(scaler: Scaler) -> dict[str, Any]:
    if isinstance(scaler, AffineScaler):
        return {"center": scaler.center.tolist(), "scale": scaler.scale.tolist()}
    from workbench.sklearn.transformers import describe_transformer

    return {"transformer": describe_transformer(scaler)}


def _remake(described: Mapping[str, Any]) -> Scaler:
    if "transformer" in described:
        from workbench.sklearn.transformers import remake_transformer

        made: Scaler = remake_transformer(described["transformer"])
        return made
    try:
        center, scale = (np.asarray(described[name], dtype=np.float64) for name in ("center", "scale"))
    except (KeyError, ValueError) as err:
        raise StoreError(f"expected the `center` and the `scale` of a scaler, got {described!r}.") from err
    return AffineScaler(center, scale)
