"""Where a model's error comes from: by step, and over time, always beside persistence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import RequestError
from workbench.evaluation.scores import pair_with_persistence
from workbench.reports.data.models import check_finished, pick

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run

LONGEST_WINDOW = 60
"""Origins in the rolling window, where the test is long enough."""


@dataclass(frozen=True, eq=False)
class ErrorCurves:
    """Errors of a model and of persistence; each symbol's are in multiples of its persistence RMSE.

    So errors of different symbols and targets can stand in one figure: 1 is what "tomorrow = today" gets over
    the whole test.

    Parameters
    ----------
    model : str
    by_step : DataFrame
        Indexed by step: RMSE of `model` and `persistence`.
    over_time : DataFrame
        Indexed by origin: `model` and `persistence`, the RMSE over the last `window` origins, and `saved`,
        the squared error saved against persistence so far, as a share of all of persistence's. Where `saved`
        rises the model was better. With one symbol it ends at 1 - (1 - skill)^2.
    window : int
    """

    model: str
    by_step: pd.DataFrame
    over_time: pd.DataFrame
    window: int


def error_curves(run: Run, *, model: str | None = None, symbol: str | None = None) -> ErrorCurves:
    """Compute a model's errors by step and over time.

    Parameters
    ----------
    run : Run
    model : str, optional
        The headline forecaster by default.
    symbol : str, optional
        All symbols by default, each with the same weight.

    Raises
    ------
    RequestError
        The run is not finished, or has no such model or symbol; or persistence makes no error to compare with.
    """
    losses = relative_losses(run, model=model, symbol=symbol)
    by_step = losses.groupby("step")[["model", "persistence"]].mean() ** 0.5
    by_origin = losses.groupby("origin")[["model", "persistence"]].mean()
    window = min(LONGEST_WINDOW, max(5, len(by_origin) // 5))
    over_time = by_origin.rolling(window).mean() ** 0.5
    gained = by_origin["persistence"] - by_origin["model"]
    over_time["saved"] = gained.cumsum() / by_origin["persistence"].sum()
    return ErrorCurves(losses.attrs["model"], by_step, over_time, window)


def relative_losses(run: Run, *, model: str | None = None, symbol: str | None = None) -> pd.DataFrame:
    """Return squared errors of a model and of persistence, averaged over seeds, per symbol, fold, origin and step.

    Both are divided by the symbol's mean squared error of persistence.
    """
    check_finished(run)
    forecasts = run.forecasts
    label = pick("model", model, forecasts["model"].unique(), run.headline)
    if symbol is not None:
        pick("symbol", symbol, sorted(forecasts["symbol"].unique()), symbol)
        forecasts = forecasts[forecasts["symbol"] == symbol]
    ours = forecasts[forecasts["model"].isin([label, run.persistence])]
    paired = pair_with_persistence(ours, run.persistence)
    mine = paired[paired["model"] == label]
    errors = mine[["symbol", "fold", "origin", "step"]].assign(
        model=(mine["forecast"] - mine["actual"]) ** 2,
        persistence=(mine["persistence_target"] - mine["actual"]) ** 2,
    )
    losses = errors.groupby(["symbol", "fold", "origin", "step"], as_index=False).mean()
    scale = losses.groupby("symbol")["persistence"].transform("mean")
    losses[["model", "persistence"]] = losses[["model", "persistence"]].div(scale.where(scale > 0), axis=0)
    losses = losses.dropna(subset=["model", "persistence"])
    if losses.empty or not np.isfinite(losses["persistence"]).all():
        raise RequestError(
            f"persistence makes no error in run {run.id}, so there is nothing to compare {label!r} with."
        )
    losses.attrs["model"] = label
    return losses
