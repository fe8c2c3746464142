"""Forecast against actual, over the whole test period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import FloatArray, Forecasts
from workbench.errors import RequestError
from workbench.reports.data.models import check_finished, pick

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run

_PLACE = ["model", "symbol", "origin", "step"]
_VALUES = ["last_price", "forecast", "price", "actual", "actual_price"]


@dataclass(frozen=True, eq=False)
class ForecastLines:
    """Forecasts of one symbol beside what happened.

    Parameters
    ----------
    symbol, model : str
    step : int
        Bars between each forecast's origin and its target.
    in_price : bool
        Whether the values are prices; otherwise they are in target units.
    lines : DataFrame
        Indexed by the label of the target bar: `actual`, `forecast`, `persistence` (unless that is the model),
        and `low` and `high` where the model gave quantiles. Forecasts of several seeds are averaged.
    levels : tuple of float, optional
        Quantile levels of `low` and `high`.
    """

    symbol: str
    model: str
    step: int
    in_price: bool
    lines: pd.DataFrame
    levels: tuple[float, float] | None = None


def forecast_lines(
    run: Run, *, symbol: str | None = None, model: str | None = None, step: int | None = None
) -> ForecastLines:
    """Line up one symbol's forecasts, persistence and what happened.

    Parameters
    ----------
    run : Run
    symbol : str, optional
        The first one by default.
    model : str, optional
        The headline forecaster by default.
    step : int, optional
        Bars ahead; the whole horizon by default.

    Raises
    ------
    RequestError
        The run is not finished, or has no such symbol, model or step.
    """
    check_finished(run)
    everything = run.forecasts
    label = pick("model", model, everything["model"].unique(), run.headline)
    symbols = sorted(everything["symbol"].unique())
    name = pick("symbol", symbol, symbols, symbols[0])
    ahead = _step(step, int(everything["step"].max()))
    rows = everything[(everything["symbol"] == name) & (everything["step"] == ahead)]
    mine = one_per_target(rows[rows["model"] == label])
    in_price = bool(mine["price"].notna().any())
    value, actual = ("price", "actual_price") if in_price else ("forecast", "actual")
    lines = mine.set_index("target_time")[[actual, value]].set_axis(["actual", "forecast"], axis=1)
    if label != run.persistence:
        reference = one_per_target(rows[rows["model"] == run.persistence]).set_index("target_time")
        lines = lines.join(reference[value].rename("persistence"))
    band = _band(run, rows[rows["model"] == label], in_price)
    if band is None:
        return ForecastLines(name, label, ahead, in_price, lines)
    levels, edges = band
    return ForecastLines(name, label, ahead, in_price, lines.join(edges), levels)


def _step(step: int | None, horizon: int) -> int:
    if step is not None and not 1 <= step <= horizon:
        raise RequestError(f"`step` is {step}; the run forecasts 1 to {horizon} bars ahead.")
    return horizon if step is None else step


def latest_fold(forecasts: Forecasts) -> Forecasts:
    """Keep, where test blocks overlap, the forecast of the newest fold: the one made with most history."""
    newest = forecasts.groupby(_PLACE, sort=False)["fold"].transform("max")
    return forecasts[forecasts["fold"] == newest]


def one_per_target(forecasts: Forecasts) -> Forecasts:
    """Average over seeds, newest fold first, so that each target of a model and symbol stands once."""
    rows = latest_fold(forecasts)
    return rows.groupby([*_PLACE, "target_time"], as_index=False, sort=True)[_VALUES].mean()


def _band(run: Run, rows: Forecasts, in_price: bool) -> tuple[tuple[float, float], pd.DataFrame] | None:
    """Outermost quantiles by target time, averaged over seeds; None where the model gave none."""
    import pandas as pd

    if "quantiles" not in rows or not (given := rows["quantiles"].map(_is_list)).any():
        return None
    known = latest_fold(rows[given])
    levels = np.asarray(known["levels"].iloc[0], dtype=np.float64)
    edges = np.array([[q[0], q[-1]] for q in known["quantiles"]], dtype=np.float64)
    if in_price:
        edges = _to_price(run, edges, known["last_price"].to_numpy(dtype=np.float64))
    frame = pd.DataFrame(edges, columns=["low", "high"]).groupby(known["target_time"].to_numpy()).mean()
    return (float(levels[0]), float(levels[-1])), frame.rename_axis("target_time")


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple, np.ndarray)) and len(value) > 0


def _to_price(run: Run, quantiles: FloatArray, last_price: FloatArray) -> FloatArray:
    """Quantiles are stored in target units; the target maps them to prices, one step at a time."""
    from workbench.contracts.target import Target
    from workbench.registry.registry import default_registry

    registry = default_registry(extra=run.experiment.plugins)
    target = registry.create("target", run.experiment.target, Target)
    prices = [target.to_price(quantiles[:, [j]], last_price) for j in range(quantiles.shape[1])]
    return np.column_stack([np.full(len(quantiles), np.nan) if p is None else p[:, 0] for p in prices])
