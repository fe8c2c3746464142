"""Forecast against actual, over the whole test period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import Forecasts
from workbench.errors import RequestError
from workbench.evaluation.quantiles import Quantiles, quantiles_of
from workbench.reports.data.models import check_finished, pick

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.target import Target
    from workbench.runs.run import Run

_PLACE = ["model", "symbol", "origin", "step"]
_VALUES = ["last_price", "forecast", "price", "actual", "actual_price"]


MOST_BANDS = 3
"""Intervals drawn at most: more cannot be told apart."""


@dataclass(frozen=True)
class Band:
    """Two quantiles, and what lies between them.

    Parameters
    ----------
    low, high : str
        Columns of its edges, such as `q0.1`.
    label : str
        What it is called: an interval where the levels lie around the middle.
    """

    low: str
    high: str
    label: str


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
        and the edges of `bands`. Forecasts of several seeds are averaged.
    bands : tuple of Band
        Intervals around the forecast, the widest first; none where the model has no quantiles.
    """

    symbol: str
    model: str
    step: int
    in_price: bool
    lines: pd.DataFrame
    bands: tuple[Band, ...] = ()


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
    bands, edges = _bands(run, latest_fold(rows[rows["model"] == label]), in_price)
    return ForecastLines(name, label, ahead, in_price, lines if edges is None else lines.join(edges), bands)


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


def _bands(run: Run, rows: Forecasts, in_price: bool) -> tuple[tuple[Band, ...], pd.DataFrame | None]:
    """Return intervals and their edges by target time, averaged over seeds; none where the model gave none."""
    import pandas as pd

    found = quantiles_of(rows)
    if found is None:
        return (), None
    bands = tuple(_band(found, low, high) for low, high in found.pairs[:MOST_BANDS] or [(0, len(found.levels) - 1)])
    if in_price:
        found = found.to_price(_target(run), rows["last_price"].to_numpy(dtype=np.float64))
    frame = pd.DataFrame(found.values, columns=found.names).groupby(rows["target_time"].to_numpy()).mean()
    return bands, frame[[name for band in bands for name in (band.low, band.high)]].rename_axis("target_time")


def _band(found: Quantiles, low: int, high: int) -> Band:
    is_central = (low, high) in found.pairs
    label = f"{100 * found.coverage((low, high)):g} % interval"
    between = f"quantiles {found.levels[low]:g} to {found.levels[high]:g}"
    return Band(found.names[low], found.names[high], label if is_central else between)


def _target(run: Run) -> Target:
    from workbench.contracts.target import Target
    from workbench.registry.registry import default_registry

    return default_registry(extra=run.experiment.plugins).create("target", run.experiment.target, Target)
