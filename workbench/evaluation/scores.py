"""One function scores every model, in every space, pooled and along every margin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import FloatArray, Forecasts
from workbench.contracts.metric import Metric, MetricContext
from workbench.errors import PluginError

if TYPE_CHECKING:
    import pandas as pd

SPACES = {
    "scaled": ("actual_scaled", "forecast_scaled"),
    "target": ("actual", "forecast"),
    "price": ("actual_price", "price"),
}
"""Columns of actual and forecast in each space."""

SCORE_COLUMNS = ["model", "symbol", "seed", "fold", "step", "space", "metric", "value"]

_MARGINS: tuple[tuple[str, ...], ...] = tuple(
    (*symbol, *other) for symbol in ((), ("symbol",)) for other in ((), ("seed",), ("fold",), ("step",))
)


def score_forecasts(
    forecasts: Forecasts, metrics: Sequence[Metric], *, persistence: str, price_units: bool = False
) -> pd.DataFrame:
    """Score forecasts beside persistence on the same rows.

    Parameters
    ----------
    forecasts : DataFrame
        Forecast frame of all models, with the columns named in `SPACES`.
    metrics : sequence of Metric
    persistence : str
        Label of the persistence model.
    price_units : bool
        Whether the target is itself a price; then target space, like price space, never pools symbols.

    Returns
    -------
    DataFrame
        Columns `model symbol seed fold step space metric value`. A null in symbol, seed, fold or step means
        pooled over its rows; values are over rows, never means of folds.
    """
    import pandas as pd

    paired = pair_with_persistence(forecasts, persistence)
    poolable = _poolable_spaces(paired, price_units)
    rows: list[dict[str, Any]] = []
    for margin in _MARGINS:
        keys = ["model", *margin]
        for key, group in paired.groupby(keys, sort=True, observed=True):
            place = dict(zip(keys, key, strict=True))
            for space, score in _score_group(group, metrics, set(SPACES) if "symbol" in margin else poolable):
                rows.append({**place, "space": space, **score})
    frame = pd.DataFrame(rows).reindex(columns=SCORE_COLUMNS)
    return frame.astype({"seed": "Int64", "fold": "Int64", "step": "Int64"})


def pair_with_persistence(forecasts: Forecasts, persistence: str) -> Forecasts:
    """Put persistence's forecast of the same row beside each forecast, as `persistence_<space>`."""
    where = ["symbol", "fold", "origin", "step"]
    columns = {forecast: f"persistence_{space}" for space, (_, forecast) in SPACES.items()}
    reference = forecasts[forecasts["model"] == persistence].drop_duplicates(where)
    return forecasts.merge(reference[[*where, *columns]].rename(columns=columns), on=where, how="left", validate="m:1")


def _poolable_spaces(paired: Forecasts, price_units: bool) -> set[str]:
    """Spaces in which rows may be pooled over symbols: prices of several may not, in any part of a run."""
    if paired["symbol"].nunique() == 1:
        return set(SPACES)
    return {"scaled"} if price_units else {"scaled", "target"}


def _score_group(group: Forecasts, metrics: Sequence[Metric], spaces: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for space, (actual_column, forecast_column) in SPACES.items():
        if space not in spaces:
            continue
        actual, forecast, reference = (
            group[column].to_numpy(dtype=np.float64)
            for column in (actual_column, forecast_column, f"persistence_{space}")
        )
        known = np.isfinite(actual) & np.isfinite(forecast) & np.isfinite(reference)
        if known.any():
            context = MetricContext(reference[known], space)
            for metric in metrics:
                yield (
                    space,
                    {"metric": metric.name, "value": _value(metric, actual[known], forecast[known], context)},
                )


def _value(metric: Metric, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
    try:
        return float(metric.score(actual, forecast, context))
    except Exception as err:
        raise PluginError(f"metric {metric.name!r} failed: {type(err).__name__}: {err}") from err
