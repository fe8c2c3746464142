"""The luck-adjusted Sharpe ratio: how likely it is more than the best of so many tries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import DataError
from workbench.evaluation.sharpe import SharpeEstimate, deflated_sharpe, probabilistic_sharpe
from workbench.reports.data.equity import compared_models, why_untraded

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run


@dataclass(frozen=True)
class LuckAdjustedSharpe:
    """Deflated Sharpe ratio of the headline forecaster (Bailey and Lopez de Prado 2014).

    Parameters
    ----------
    probability : float or None
        That the true Sharpe ratio is above what luck alone gives the best of `n_trials`.
    n_trials : int
        Trials on these data so far, this one included.
    reason : str
        Why `probability` is None; empty otherwise.
    """

    probability: float | None
    n_trials: int
    reason: str = ""


def luck_adjusted_sharpe(run: Run) -> LuckAdjustedSharpe:
    """Deflate the Sharpe ratio of the headline's equity by the trials that the ledger holds.

    With one trial there is nothing to deflate: the probability is that of a Sharpe ratio above zero.
    """
    trial = run.trial or {}
    n_trials = max(1, int(trial.get("number") or 1))
    if run.headline not in compared_models(run):
        return LuckAdjustedSharpe(None, n_trials, f"nothing was traded: {why_untraded(run)}")
    try:
        estimate = _estimate(run.backtests[run.headline].equity)
    except DataError as err:
        return LuckAdjustedSharpe(None, n_trials, str(err).rstrip("."))
    if n_trials == 1:
        return LuckAdjustedSharpe(probabilistic_sharpe(estimate), 1)
    others = [float(s) for s in trial.get("sharpes") or () if s is not None and np.isfinite(s)]
    if len(others) < 2:
        reason = "fewer than two of the trials on these data were traded, so how far luck spreads them is not known"
        return LuckAdjustedSharpe(None, n_trials, reason)
    return LuckAdjustedSharpe(deflated_sharpe(estimate, n_trials, float(np.var(others, ddof=1))), n_trials)


def _estimate(equity: pd.Series) -> SharpeEstimate:
    if (equity <= 0).any():
        raise DataError("the account was ruined, so returns end there.")
    closes = equity.to_numpy(dtype=np.float64)
    return SharpeEstimate.of(closes[1:] / closes[:-1] - 1)
