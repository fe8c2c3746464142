"""One function scores every model, in every space, pooled and along every margin."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import FloatArray, Forecasts
from workbench.contracts.calling import calling
from workbench.contracts.metric import Metric, MetricContext
from workbench.contracts.origin import described
from workbench.errors import PluginError, WorkbenchError, WorkbenchWarning

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


def _warn(sentence: str) -> None:
    warnings.warn(sentence, WorkbenchWarning, stacklevel=2)


def score_forecasts(
    forecasts: Forecasts,
    metrics: Sequence[Metric],
    *,
    persistence: str,
    price_units: bool = False,
    tell: Callable[[str], None] = _warn,
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
    tell : callable
        Told, in a sentence, of each metric that failed and is left out whole; gives a warning by default.

    Returns
    -------
    DataFrame
        Columns `model symbol seed fold step space metric value`. A null in symbol, seed, fold or step means
        pooled over its rows; values are over rows, never means of folds.
    """
    import pandas as pd

    paired = pair_with_persistence(forecasts, persistence)
    poolable = _poolable_spaces(paired, price_units)
    judge = _Judge(metrics)
    rows: list[dict[str, Any]] = []
    for margin in _MARGINS:
        keys = ["model", *margin]
        for key, group in paired.groupby(keys, sort=True, observed=True):
            place = dict(zip(keys, key, strict=True))
            for score in judge.scores(group, set(SPACES) if "symbol" in margin else poolable):
                rows.append({**place, **score})
    for sentence in judge.failed.values():
        tell(sentence)
    frame = pd.DataFrame(rows).reindex(columns=SCORE_COLUMNS)
    frame = frame[~frame["metric"].isin(judge.failed)].reset_index(drop=True)
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


class _Judge:
    """Asks every metric about group after group; one that fails is not asked again."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics
        self.failed: dict[str, str] = {}

    def scores(self, group: Forecasts, spaces: set[str]) -> Iterator[dict[str, Any]]:
        """Yield space, metric and value of a group in each of the spaces in which anything of it is known."""
        for space, (actual_column, forecast_column) in SPACES.items():
            columns = [actual_column, forecast_column, f"persistence_{space}"]
            values = group[columns].to_numpy(dtype=np.float64)
            known = values[np.isfinite(values).all(axis=1)].T
            if space in spaces and known.size:
                for metric in self._metrics:
                    yield from self._score(metric, space, *known)

    def _score(
        self, metric: Metric, space: str, actual: FloatArray, forecast: FloatArray, reference: FloatArray
    ) -> Iterator[dict[str, Any]]:
        name = str(metric.name)
        if name in self.failed:
            return
        try:
            yield {"space": space, "metric": name, "value": _value(metric, space, actual, forecast, reference)}
        except WorkbenchError as err:
            self.failed[name] = f"The metric {name!r} is left out of the scores: {err}"


def _value(metric: Metric, space: str, actual: FloatArray, forecast: FloatArray, reference: FloatArray) -> float:
    """Ask a metric, handing it copies: nothing it does to them reaches the next one."""
    with calling(metric, "score"):
        answer = np.asarray(metric.score(actual.copy(), forecast.copy(), MetricContext(reference.copy(), space)))
    if answer.shape != () or answer.dtype.kind not in "biuf":
        raise PluginError(f"{described(metric)} returned {answer.tolist()!r} from score; expected a number.")
    return float(answer)
