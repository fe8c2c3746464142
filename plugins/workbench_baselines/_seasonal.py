"""The forecaster `seasonal`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from workbench import (
    DataError,
    FitContext,
    FittedForecaster,
    FloatArray,
    Forecaster,
    Target,
    Windows,
    describe_plugin,
    remake_plugin,
)
from workbench_baselines import _by_symbol, _series


@dataclass(frozen=True)
class FittedSeasonal(FittedForecaster):
    """Repeats the last `period` values of the realised series."""

    target: Target
    period: int

    def predict(self, windows: Windows) -> FloatArray:
        """Return what was realised one period before each step, in target units: shape (n, horizon).

        Raises
        ------
        DataError
            A series is shorter than a period at one of its origins.
        """
        steps = np.empty((len(windows), windows.horizon))
        ahead = np.arange(1, windows.horizon + 1)
        back = ahead - self.period * -(-ahead // self.period)  # bars from the origin: -period + 1 .. 0
        for series in _series.series_to_continue(windows, "seasonal"):
            rows = series.rows[:, None] + back  # (m, horizon)
            known = _filled(series.values, self.period)
            steps[series.places] = np.where(rows >= 0, known[np.maximum(rows, 0)], np.nan)
        self._check(steps, windows)
        return self.target.from_steps(steps, windows.last_price)

    def _check(self, steps: FloatArray, windows: Windows) -> None:
        lacking = ~np.isfinite(steps).all(axis=1)
        if lacking.any():
            first = int(lacking.argmax())
            raise DataError(
                f"'seasonal' repeats what was {self.period} bars before, and the series of {windows.symbols[first]} "
                f"has no such value at the origin {windows.origins[first]}. Load more history, or ask for a shorter "
                f"`period`."
            )

    def save(self, folder: Path) -> None:
        """Write the target's description and the period."""
        from workbench_baselines._files import write

        write(folder, target=describe_plugin(self.target), period=self.period)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from workbench_baselines._files import read

        target, period = read(folder, "target", "period")
        return cls(remake_plugin(target, Target), int(period))


def _filled(values: FloatArray, period: int) -> FloatArray:
    """Put the value one period before where a value is missing."""
    filled = values.copy()
    for row in np.flatnonzero(~np.isfinite(values)):
        if row >= period:
            filled[row] = filled[row - period]
    return filled


class Seasonal(Forecaster, name="seasonal"):
    r"""The seasonal naive forecast: each bar repeats what was one period before.

    With a `period` of 5 and daily bars: this Monday's return is forecast for next Monday.

    Notes
    -----
    It repeats the realised one-step series :math:`x` of the target, [1]_:

    .. math:: \hat x_{t+k} = x_{t+k-m\lceil k/m\rceil}

    with :math:`m` the period, and turns the steps into the target's units: the log returns of a horizon add up,
    prices stand for themselves. A value that is missing, such as the range of a bar that did not move, is taken from
    one period earlier. It counts bars, not days: after a holiday it is out of step with the week.

    References
    ----------
    .. [1] Hyndman & Athanasopoulos (2021), *Forecasting: Principles and Practice*, 3rd ed., sec. 5.2.
    """

    uses_seed: ClassVar[bool] = False
    rule_of_thumb: ClassVar[bool] = True

    period: int = Field(5, ge=1, description="bars of a season; 5 is a trading week of daily bars")

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedSeasonal:
        """Take note of the target.

        Raises
        ------
        DataError
            There are no training windows, or the target cannot add up forecasts of single bars.
        """
        _by_symbol.check_learnable(train, "seasonal")
        _series.check_steps(context.target, context.horizon)
        return FittedSeasonal(context.target, self.period)
