"""Stopping settings that are behind: the median rule, computed from what the store holds of those before."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench.errors import FitStopped
from workbench.plan.space import TuneSettings
from workbench_store import SearchTrial


def validation_error(epoch: Mapping[str, Any]) -> float | None:
    """Error of an epoch on the validation block: its RMSE in target units, or its loss where that is not known."""
    for name in ("validation_rmse", "validation_loss"):
        value = epoch.get(name)
        if value is not None and np.isfinite(value):
            return float(value)
    return None


class MedianPruner:
    """Watches the fits of one setting, and stops a fit that stays behind.

    A fit is stopped when its lowest validation error so far lies above the median of what the same fit (of the same
    symbols and seed) of the complete settings had at the same epoch (the rule of Golovin et al. 2017, as in Optuna).

    Parameters
    ----------
    settings : TuneSettings
    before : sequence of SearchTrial
        The trials so far.
    """

    def __init__(self, settings: TuneSettings, before: Sequence[SearchTrial]) -> None:
        complete = [trial for trial in before if trial.status == "complete"]
        self._after_epochs = settings.prune_after_epochs
        self._is_active = settings.prune and len(complete) >= settings.prune_after_trials
        self._others = [_by_fit(trial.intermediate) for trial in complete]
        self.epochs: list[dict[str, Any]] = []

    def watch(self, fit: int, epoch: Mapping[str, Any]) -> None:
        """Take note of an epoch of a fit.

        Raises
        ------
        FitStopped
            The setting is behind.
        """
        self.epochs.append({"fit": fit, **epoch})
        mine = _by_fit(self.epochs)[fit]
        n = len(mine)
        others = [curve[fit][n - 1] for curve in self._others if len(curve.get(fit, ())) >= n]
        known = [error for error in others if error is not None]
        best = min((error for error in mine if error is not None), default=None)
        if (
            self._is_active
            and n > self._after_epochs
            and known
            and best is not None
            and best > statistics.median(known)
        ):
            raise FitStopped(f"its validation error was above the median of {len(known)} settings at epoch {n}.")


def _by_fit(epochs: Sequence[Mapping[str, Any]]) -> dict[int, list[float | None]]:
    curves: dict[int, list[float | None]] = {}
    for epoch in epochs:
        curves.setdefault(int(epoch["fit"]), []).append(validation_error(epoch))
    return curves
