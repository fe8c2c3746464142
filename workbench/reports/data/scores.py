"""Score tables: one figure for every model, whole or along one margin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MARGINS = ("symbol", "seed", "fold", "step")


def pooled_scores(scores: pd.DataFrame, space: str) -> pd.DataFrame:
    """Return one row per model and one column per metric, pooled over everything.

    Where symbols may not be pooled (prices), there is one row per symbol and model.
    """
    whole = _at(scores, space, ())
    if len(whole):
        return _pivot(whole, ["model"], "metric")
    return _pivot(_at(scores, space, ("symbol",)), ["symbol", "model"], "metric")


def scores_along(scores: pd.DataFrame, margin: str, *, space: str, metric: str) -> pd.DataFrame:
    """Return one row per fold, step, symbol or seed and one column per model.

    Empty where the margin holds a single value, or the scores may not be pooled over symbols.
    """
    rows = _at(scores, space, (margin,))
    table = _pivot(rows[rows["metric"] == metric], [margin], "model")
    return table if len(table) > 1 else table.iloc[:0]


def in_order_of(models: Sequence[str], scores: pd.DataFrame) -> pd.DataFrame:
    """Sort scores by model, so that tables made of them list models in this order."""
    rank = {model: position for position, model in enumerate(models)}
    return scores.sort_values("model", key=lambda column: column.map(rank), kind="stable")


def metric_names(scores: pd.DataFrame) -> list[str]:
    """Every metric, in the order in which it was scored."""
    return list(dict.fromkeys(scores["metric"]))


def _at(scores: pd.DataFrame, space: str, margin: Sequence[str]) -> pd.DataFrame:
    """Rows scored along exactly these margins."""
    right = scores["space"] == space
    for column in MARGINS:
        right &= scores[column].notna() if column in margin else scores[column].isna()
    return scores[right]


def _pivot(rows: pd.DataFrame, index: list[str], columns: str) -> pd.DataFrame:
    """Lay `value` out in a table; models and metrics keep the order of the scores, the rest is sorted."""
    order = list(dict.fromkeys(rows[columns]))
    margins = [name for name in index if name != "model"]
    placed = rows.sort_values(margins, kind="stable") if margins else rows
    return placed.set_index([*index, columns])["value"].unstack(columns, sort=False).reindex(columns=order)
