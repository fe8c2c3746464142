"""`windows`: purged arrays for people who bring their own model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.contracts.folds import Holdout, WalkForward
from workbench.contracts.windows import Windows
from workbench.errors import RequestError
from workbench.evaluation.samples import make_windows
from workbench.plan.quick import quick_experiment
from workbench.plan.resolve import resolve
from workbench.registry.registry import default_registry
from workbench.runs.contexts import fetch_all
from workbench.runs.prepare import prepare

if TYPE_CHECKING:
    import pandas as pd


def windows(
    data: str | Path | pd.DataFrame,
    *,
    lookback: int = 20,
    horizon: int = 1,
    folds: Holdout | WalkForward | None = None,
    fold: int = 0,
    **fields: Any,
) -> tuple[Windows, Windows]:
    """Cut a series into training and test windows without a leak between them.

    Values are not scaled: fit any scaler on the training windows alone.

    Parameters
    ----------
    data : str, Path or DataFrame
        A CSV or Parquet file, a frame of bars, or `source:symbol`.
    lookback : int, default=20
        Bars in a window.
    horizon : int, default=1
        Bars ahead.
    folds : Holdout or WalkForward, optional
        `Holdout(0.2)` by default.
    fold : int, default=0
        Which fold of a walk-forward, from 0.
    **fields
        Further fields of `Experiment`, such as `features` or `target`.

    Returns
    -------
    train, test : Windows
        `batch()` gives arrays of shape (n, lookback, n_features), `y` targets of shape (n, horizon). The last
        training target is known no later than the first test origin.

    Raises
    ------
    RequestError
        There is no such fold, or the data cannot be read or are too few.
    """
    registry = default_registry()
    chosen = {
        "lookback": lookback,
        "horizon": horizon,
        "folds": folds or Holdout(0.2),
        "validation": 0.0,
        **fields,
    }
    resolved = resolve(quick_experiment(data, registry, **chosen), registry)
    prepared = prepare(resolved, fetch_all(resolved))
    n_folds = len(prepared.rows)
    if fold not in range(n_folds):
        there = f"there are {n_folds}, from 0 to {n_folds - 1}" if n_folds > 1 else "there is one only, 0"
        raise RequestError(f"`fold` is {fold!r}, but of these folds {there}.")
    rows = prepared.rows[fold]
    return (
        make_windows(prepared.samples, rows.train, with_targets=True),
        make_windows(prepared.samples, rows.test, with_targets=True),
    )
