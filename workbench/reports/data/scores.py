"""Score tables: one figure for every model, whole or along one margin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MARGINS = ("symbol", "seed", "fold", "step")
USUAL_METRICS = ("rmse", "mae", "mse", "skill", "hit_rate")


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


def in_order(scores: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Sort scores so that tables made of them list `models` in this order, and the usual metrics first."""
    metrics = [*USUAL_METRICS, *sorted(set(scores["metric"]) - set(USUAL_METRICS))]
    ranks = {"model": _ranks(models), "metric": _ranks(metrics)}
    return scores.sort_values(
        ["model", "metric"], key=lambda column: column.map(ranks[str(column.name)]), kind="stable"
    )


def _ranks(names: Sequence[str]) -> dict[str, int]:
    return {name: position for position, name in enumerate(names)}


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
