"""The trial ledger: one entry per distinct setting tried on a series, recorded before a score is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.contracts.arrays import FloatArray
from workbench.plan.resolve import Model, Resolved
from workbench.plan.tasks import SeriesVersion, scaler_identity
from workbench.runs.trading import Traded
from workbench_store import Trial


def trial_settings(resolved: Resolved, model: Model, versions: Sequence[SeriesVersion]) -> dict[str, Any]:
    """Return what makes a trial distinct, as plain JSON values.

    Seeds, folds and baselines are left out on purpose: they are no new trials. Nor is another version of a plugin with
    the same code; another code is one.
    """
    asked = resolved.experiment
    strategy = resolved.strategy
    code = _code(resolved, model)
    return {
        **({"code": code} if code else {}),
        "forecaster": [type(model.forecaster).name, _plain(model.forecaster.params)],
        "features": [[type(f).name, _plain(f.params)] for _, f in resolved.features],
        **_context_settings(resolved, versions),
        "lookback": asked.lookback,
        "scaler": scaler_identity(asked.scaler),
        "horizon": asked.horizon,
        **({} if asked.multi_step == "direct" else {"multi_step": asked.multi_step}),
        "validation": asked.validation,
        **({"calibration": [asked.calibration, *asked.coverage]} if asked.calibration else {}),
        "strategy": None if strategy is None else [type(strategy).name, _plain(strategy.params)],
        "costs": [asked.costs.commission, asked.costs.spread],
    }


def _context_settings(resolved: Resolved, versions: Sequence[SeriesVersion]) -> dict[str, Any]:
    """Return the other series that forecasters see; nothing without any, so that older trials stay the same."""
    series = {version.context: version.series for version in versions}
    settings = {
        context.name: [
            series.get(context.name),
            *(context.asked.lag, context.asked.missing, context.asked.adjust, context.asked.calendar),
            [[type(f).name, _plain(f.params)] for _, f in context.features],
        ]
        for context in resolved.context
    }
    return {"context": settings} if settings else {}


def _code(resolved: Resolved, model: Model) -> list[list[str]]:
    """Return kind, name and hash of the plugins that shape a trial and do not come with Workbench."""
    shaping = [model.plugin, *(p for p in resolved.plugins if p.kind in ("feature", "target", "strategy"))]
    return sorted([p.kind, p.name, p.module.sha256] for p in shaping if p.module.sha256 is not None)


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, (bool, int, float, str)) else repr(value) for key, value in params.items()}


def list_trials(
    resolved: Resolved,
    run: str,
    versions: Sequence[SeriesVersion],
    forecasts: pd.DataFrame,
    traded: Sequence[Traded],
) -> list[Trial]:
    """List the trials of a run: one per series and forecaster, rules of thumb among the baselines left out.

    Called once before trading, so that no failure there hides a trial, and again with what trading gave.
    """
    returns = {t.model: _returns(t) for t in traded if t.seed is None}
    trials = []
    for model in resolved.models:
        if model.is_baseline and model.forecaster.rule_of_thumb:
            continue
        earned = returns.get(model.label, np.empty(0))
        mine = forecasts[forecasts["model"] == model.label]
        for version in (v for v in versions if v.context is None):
            tested = mine.loc[mine["symbol"] == version.symbol, "target_time"]
            if len(tested):
                trials.append(
                    Trial(
                        run=run,
                        model=model.label,
                        series=version.series,
                        interval=resolved.experiment.bar_length,
                        target=resolved.target.label,
                        test_start=tested.min().to_pydatetime(),
                        test_end=tested.max().to_pydatetime(),
                        settings=trial_settings(resolved, model, versions),
                        returns=earned.tolist(),
                        sharpe=_sharpe_per_bar(earned),
                    )
                )
    return trials


def _returns(traded: Traded) -> FloatArray:
    return np.asarray(traded.backtest.equity.pct_change().iloc[1:], dtype=np.float64)


def _sharpe_per_bar(returns: FloatArray) -> float | None:
    """Sharpe ratio per bar, not annualised; None where undefined."""
    if len(returns) < 2 or not returns.std(ddof=1) > 0:
        return None
    return float(returns.mean() / returns.std(ddof=1))
