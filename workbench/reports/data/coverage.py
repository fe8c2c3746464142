"""Whether intervals hold what they say: nominal coverage against what was seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import Forecasts
from workbench.evaluation.quantiles import quantiles_of
from workbench.reports.data.models import check_finished

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run


def interval_coverage(run: Run) -> pd.DataFrame:
    """Compare every central interval that a model forecast with what happened.

    Returns
    -------
    DataFrame
        One row per model and interval, the narrowest first: `model`, `nominal` (share of what happens that it is to
        hold), `empirical` (share that it held, pooled over rows), `width` (mean, in target units), `n_origins`,
        `n_apart` and `standard_error`. Forecasts of `horizon` bars from neighbouring origins share most of their bars,
        and symbols and seeds share their days, so that no more than `n_origins / horizon` count as apart; the error is
        that of a share of so many: sqrt(c (1 - c) / n).

    Raises
    ------
    RequestError
        The run is not finished.
    """
    import pandas as pd

    check_finished(run)
    forecasts = run.forecasts
    forecasts = forecasts[np.isfinite(forecasts["actual"].to_numpy(dtype=np.float64))]
    horizon = run.experiment.horizon
    rows = [row for model in run.summary.index for row in _of_model(forecasts[forecasts["model"] == model], horizon)]
    columns = ["model", "nominal", "empirical", "width", "n_origins", "n_apart", "standard_error"]
    return pd.DataFrame(rows, columns=columns)


def _of_model(forecasts: Forecasts, horizon: int) -> list[dict[str, Any]]:
    found = quantiles_of(forecasts)
    if found is None:
        return []
    actual, origins = forecasts["actual"].to_numpy(dtype=np.float64), forecasts["origin"].to_numpy()
    rows = []
    for low, high in reversed(found.pairs):
        edges = found.values[:, [low, high]]
        known = np.isfinite(edges).all(axis=1)
        n_origins = len(np.unique(origins[known]))
        n_apart = max(n_origins // horizon, 1)
        nominal = found.coverage((low, high))
        rows.append(
            {
                "model": forecasts["model"].iloc[0],
                "nominal": nominal,
                "empirical": float(np.mean((edges[known, 0] <= actual[known]) & (actual[known] <= edges[known, 1]))),
                "width": float(np.mean(edges[known, 1] - edges[known, 0])),
                "n_origins": n_origins,
                "n_apart": n_apart,
                "standard_error": math.sqrt(nominal * (1 - nominal) / n_apart),
            }
        )
    return rows
