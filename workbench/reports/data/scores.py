"""Score tables: one figure for every model, whole or along one margin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MARGINS = ("symbol", "seed", "fold", "step")


def pooled_scores(scores: pd.DataFrame, space: str) -> pd.DataFrame:
    """Return one row per model and one column per metric, pooled over everything.

    Where symbols may not be pooled (prices), there is one row per model and symbol.
    """
    whole = _at(scores, space, ())
    rows = whole if len(whole) else _at(scores, space, ("symbol",))
    index = ["model"] if len(whole) else ["model", "symbol"]
    return _pivot(rows, index, "metric")


def scores_along(scores: pd.DataFrame, margin: str, *, space: str, metric: str) -> pd.DataFrame:
    """Return one row per fold, step, symbol or seed and one column per model.

    Empty where the margin holds a single value, or the scores may not be pooled over symbols.
    """
    rows = _at(scores, space, (margin,))
    table = _pivot(rows[rows["metric"] == metric], [margin], "model")
    return table if len(table) > 1 else table.iloc[:0]


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
    """Lay `value` out in a table whose rows and columns keep the order of the scores."""
    order = list(dict.fromkeys(rows[columns]))
    table = rows.pivot_table(index=index, columns=columns, values="value", sort=False, dropna=False, aggfunc="first")
    return table.reindex(columns=order)
