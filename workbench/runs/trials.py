"""The trial ledger: one entry per distinct setting tried on a series, recorded before a score is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from workbench.plan.resolve import Model, Resolved, fingerprint
from workbench.plan.tasks import SeriesVersion, scaler_identity
from workbench.runs.trading import Traded


def trial_settings(resolved: Resolved, model: Model) -> str:
    """Return what makes a trial distinct, as canonical JSON.

    Seeds, folds and baselines are left out on purpose: they are no new trials.
    """
    asked = resolved.experiment
    strategy = resolved.strategy
    settings = {
        "forecaster": [type(model.forecaster).name, _plain(model.forecaster.params)],
        "features": [[type(f).name, _plain(f.params)] for _, f in resolved.features],
        "lookback": asked.lookback,
        "scaler": scaler_identity(asked.scaler),
        "horizon": asked.horizon,
        "validation": asked.validation,
        "strategy": None if strategy is None else [type(strategy).name, _plain(strategy.params)],
        "costs": [asked.costs.commission, asked.costs.spread],
    }
    return json.dumps(settings, sort_keys=True)


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, (bool, int, float, str)) else repr(value) for key, value in params.items()}


def trial_rows(
    resolved: Resolved,
    run: str,
    versions: Sequence[SeriesVersion],
    forecasts: pd.DataFrame,
    traded: Sequence[Traded],
) -> pd.DataFrame:
    """List the trials of a run: one per forecaster that is no baseline, and series.

    Columns are those of the store's table `trials`, but for the time it is recorded.
    """
    returns = {t.model: t.backtest.equity.pct_change().iloc[1:].to_numpy() for t in traded if t.seed is None}
    sharpe = {t.model: _sharpe_per_bar(returns[t.model]) for t in traded if t.seed is None}
    rows = []
    for model in resolved.models:
        if model.is_baseline:
            continue
        settings = trial_settings(resolved, model)
        mine = forecasts[forecasts["model"] == model.label]
        for version in versions:
            tested = mine.loc[mine["symbol"] == version.symbol, "target_time"]
            rows.append(
                {
                    "trial": fingerprint(run, model.label, version.series),
                    "run": run,
                    "model": model.label,
                    "series": version.series,
                    "interval": resolved.experiment.interval,
                    "target": resolved.target.label,
                    "test_start": tested.min(),
                    "test_end": tested.max(),
                    "settings": settings,
                    "returns": returns.get(model.label),
                    "sharpe": sharpe.get(model.label),
                }
            )
    return pd.DataFrame(rows)


def _sharpe_per_bar(returns: Any) -> float | None:
    """Sharpe ratio per bar, not annualised; None where undefined."""
    if len(returns) < 2 or not returns.std(ddof=1) > 0:
        return None
    return float(returns.mean() / returns.std(ddof=1))
