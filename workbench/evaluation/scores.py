"""One function scores every model, in every space, pooled and along every margin."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import BoolArray, FloatArray, Forecasts, IntArray, TextArray, TimeArray
from workbench.contracts.calling import calling
from workbench.contracts.metric import Metric, MetricContext
from workbench.contracts.origin import described
from workbench.errors import PluginError, WorkbenchError, WorkbenchWarning
from workbench.evaluation.quantiles import Quantiles, quantiles_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.target import Target

SPACES = {
    "scaled": ("actual_scaled", "forecast_scaled"),
    "target": ("actual", "forecast"),
    "price": ("actual_price", "price"),
}
"""Columns of actual and forecast in each space."""

NEEDS = frozenset({"quantiles", "symbols"})
"""What a metric may say that it cannot do without."""

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
    target: Target | None = None,
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
    target : Target, optional
        Maps quantiles to prices; without it they are scored in target space alone.
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
    judge = _Judge(metrics, _Table.of(paired, target))
    rows: list[dict[str, Any]] = []
    for margin in _MARGINS:
        keys = ["model", *margin]
        for key, group in paired[keys].groupby(keys, sort=True, observed=True):
            place = dict(zip(keys, key, strict=True))
            for score in judge.scores(group.index.to_numpy(), set(SPACES) if "symbol" in margin else poolable):
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


@dataclass(frozen=True, eq=False)
class _Table:
    """All rows, laid out once; groups are picked from it by their positions.

    `values[space]` has shape (n, 3): actual, forecast and persistence. `quantiles[space]` is missing where none are.
    """

    values: Mapping[str, FloatArray]
    known: Mapping[str, BoolArray]
    levels: FloatArray
    quantiles: Mapping[str, FloatArray]
    origins: TimeArray
    symbols: TextArray
    symbol_codes: IntArray
    sections: IntArray

    @classmethod
    def of(cls, paired: Forecasts, target: Target | None) -> _Table:
        values = {
            space: paired[[actual, forecast, f"persistence_{space}"]].to_numpy(dtype=np.float64)
            for space, (actual, forecast) in SPACES.items()
        }
        found = quantiles_of(paired)
        return cls(
            values,
            {space: np.isfinite(rows).all(axis=1) for space, rows in values.items()},
            np.empty(0) if found is None else found.levels,
            {} if found is None else _quantiles_by_space(found, paired, target),
            paired["origin"].to_numpy(),
            paired["symbol"].to_numpy(dtype=object),
            _numbered(paired, ["symbol"]),
            _numbered(paired, ["model", "seed", "fold", "origin", "step"]),
        )

    def asked(self, needs: frozenset[str], space: str, rows: IntArray) -> tuple[FloatArray, MetricContext] | None:
        """Return values of shape (3, n), and context, for metrics that need this much; None where it is not there.

        Of the rows, those count that have what is needed.
        """
        more: dict[str, Any] = {}
        if "quantiles" in needs:
            if space not in self.quantiles:
                return None
            rows = rows[np.isfinite(self.quantiles[space][rows]).any(axis=1)]
            quantiles = self.quantiles[space][rows]
            given = np.isfinite(quantiles).all(axis=0)  # of all levels, those of this model
            if not len(rows) or not given.any():
                return None
            more = {"levels": self.levels[given], "quantiles": quantiles[:, given]}
        if "symbols" in needs:
            if not np.ptp(self.symbol_codes[rows]):
                return None
            more |= {name: getattr(self, name)[rows] for name in ("origins", "symbols", "sections")}
        values = self.values[space][rows].T
        return values, MetricContext(values[2], space, **more)


def _numbered(paired: Forecasts, keys: list[str]) -> IntArray:
    """Number the groups of rows that have the same keys."""
    numbers: IntArray = np.array(paired.groupby(keys, sort=False).ngroup(), dtype=np.int64)
    return numbers


def _quantiles_by_space(found: Quantiles, paired: Forecasts, target: Target | None) -> dict[str, FloatArray]:
    if target is None:
        return {"target": found.values}
    last_price = paired["last_price"].to_numpy(dtype=np.float64)
    return {"target": found.values, "price": found.to_price(target, last_price).values}


class _Judge:
    """Asks every metric about group after group; one that fails is not asked again."""

    def __init__(self, metrics: Sequence[Metric], table: _Table) -> None:
        self._table = table
        self._by_needs: dict[frozenset[str], list[Metric]] = {}
        for metric in metrics:
            self._by_needs.setdefault(frozenset(metric.needs), []).append(metric)
        self.failed = {
            str(m.name): f"The metric {str(m.name)!r} is left out of the scores: it `needs` {sorted(m.needs - NEEDS)}, "
            f"but there are only {sorted(NEEDS)}."
            for m in metrics
            if m.needs - NEEDS
        }

    def scores(self, rows: IntArray, spaces: set[str]) -> Iterator[dict[str, Any]]:
        """Yield space, metric and value of some rows in each of the spaces in which anything of them is known."""
        for space in SPACES:
            known = rows[self._table.known[space][rows]]
            if space not in spaces or not len(known):
                continue
            for needs, metrics in self._by_needs.items():
                asked = self._table.asked(needs, space, known)
                if asked is not None:
                    for metric in metrics:
                        yield from self._score(metric, *asked)

    def _score(self, metric: Metric, values: FloatArray, context: MetricContext) -> Iterator[dict[str, Any]]:
        name = str(metric.name)
        if name in self.failed:
            return
        try:
            yield {"space": context.space, "metric": name, "value": _value(metric, values, context)}
        except WorkbenchError as err:
            self.failed[name] = f"The metric {name!r} is left out of the scores: {err}"


def _value(metric: Metric, values: FloatArray, context: MetricContext) -> float:
    """Ask a metric, handing it copies: nothing it does to them reaches the next one."""
    actual, forecast = values[0].copy(), values[1].copy()
    with calling(metric, "score"):
        answer = np.asarray(metric.score(actual, forecast, _copied(context)))
    if answer.shape != () or answer.dtype.kind not in "biuf":
        raise PluginError(f"{described(metric)} returned {answer.tolist()!r} from score; expected a number.")
    return float(answer)


def _copied(context: MetricContext) -> MetricContext:
    copies: dict[str, Any] = {k: v.copy() for k, v in vars(context).items() if isinstance(v, np.ndarray)}
    return replace(context, **copies)
