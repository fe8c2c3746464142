"""The forecaster `drift`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from workbench import (
    FitContext,
    FittedForecaster,
    FloatArray,
    Forecaster,
    Target,
    Windows,
    describe_plugin,
    remake_plugin,
)
from workbench_baselines import _by_symbol


@dataclass(frozen=True, eq=False)
class FittedDrift(FittedForecaster):
    """Persistence and, per symbol, what one step adds to it: an array of shape (1,)."""

    target: Target
    per_step: Mapping[str, FloatArray]

    def predict(self, windows: Windows) -> FloatArray:
        """Return persistence plus `k` times the drift at step `k`, of shape (n, horizon)."""
        drift = _by_symbol.rows(self.per_step, windows, "drift")  # (n, 1)
        steps = np.arange(1, windows.horizon + 1)  # (horizon,)
        return self.target.persistence(windows) + drift * steps

    def save(self, folder: Path) -> None:
        """Write the target's description and the drift of each symbol."""
        from workbench_baselines._files import describe_numbers, write

        write(folder, target=describe_plugin(self.target), drift=describe_numbers(self.per_step))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from workbench_baselines._files import make_numbers, read

        target, drift = read(folder, "target", "drift")
        return cls(remake_plugin(target, Target), make_numbers(drift))


class Drift(Forecaster, name="drift"):
    r"""Persistence plus the average change of the training block, step after step.

    Notes
    -----
    With :math:`\hat p_1` the one-step persistence forecast of each training origin and :math:`y_1` what
    came, the drift of a symbol is :math:`d = \overline{y_1 - \hat p_1}` over its training origins, and the
    forecast of step :math:`k` is :math:`\hat p_k + k d`.

    For prices that is the drift method of [1]_, the line through the first and the last price; for log
    returns the same line through log prices. Simple returns compound, so there :math:`k d` leaves out terms
    of the order of :math:`k^2 d^2`: a millionth for a week of ordinary daily returns.

    References
    ----------
    .. [1] Hyndman & Athanasopoulos (2021), *Forecasting: Principles and Practice*, 3rd ed., sec. 5.2.
    """

    uses_seed: ClassVar[bool] = False
    rule_of_thumb: ClassVar[bool] = True

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedDrift:
        """Average the one-step changes of each symbol over its training origins.

        Raises
        ------
        DataError
            There are no training windows, or a target is not finite.
        """
        _by_symbol.check_learnable(train, "drift")
        change = train.targets[:, :1] - context.target.persistence(train)[:, :1]  # (n, 1)
        return FittedDrift(context.target, _by_symbol.means(change, train))
