"""How far the seeds of a run lie apart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

SPREAD_METRICS = ("rmse", "skill")
SPREAD_COLUMNS = ["seeds", "mean", "std", "min", "max"]


def seed_spread(scores: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Summarise the scores that each seed reached over all folds, steps and symbols.

    Parameters
    ----------
    scores : DataFrame
        Scores of a run.
    models : sequence of str
        In the order in which they are to stand.

    Returns
    -------
    DataFrame
        Indexed by (model, metric), for RMSE and skill in target space: `seeds`, how many; `mean`; `std`, the
        standard deviation between seeds (n - 1); `min` and `max`. Models of a single fit, such as persistence, are
        left out, and so is everything where errors may not be pooled over symbols.
    """
    pooled = scores[scores[["symbol", "fold", "step"]].isna().all(axis=1) & scores["seed"].notna()]
    wanted = pooled[(pooled["space"] == "target") & pooled["metric"].isin(SPREAD_METRICS)]
    grouped = wanted.groupby(["model", "metric"], sort=False)["value"]
    found = grouped.agg(["count", "mean", "std", "min", "max"]).set_axis(SPREAD_COLUMNS, axis=1)
    order = pd.MultiIndex.from_product([list(models), SPREAD_METRICS], names=["model", "metric"])
    ordered = found.reindex(order)
    return ordered[ordered["seeds"] > 1].astype({"seeds": "int64"})
