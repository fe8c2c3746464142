"""The forecaster `mean`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from workbench import FitContext, FittedForecaster, FloatArray, Forecaster, Windows
from workbench_baselines import _by_symbol


@dataclass(frozen=True, eq=False)
class FittedMean(FittedForecaster):
    """Per symbol the mean training target of each step, of shape (horizon,)."""

    per_step: Mapping[str, FloatArray]

    def predict(self, windows: Windows) -> FloatArray:
        """Return each symbol's means, of shape (n, horizon)."""
        return _by_symbol.rows(self.per_step, windows, "mean")

    def save(self, folder: Path) -> None:
        """Write the means of each symbol."""
        from workbench_baselines._files import describe_numbers, write

        write(folder, mean=describe_numbers(self.per_step))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from workbench_baselines._files import make_numbers, read

        (mean,) = read(folder, "mean")
        return cls(make_numbers(mean))


class Mean(Forecaster, name="mean"):
    """The average of the training targets, per symbol and step.

    For return targets a sensible rival; for `price` it says "back to the average price of the training
    block", which on a trending series is very wrong.
    """

    uses_seed: ClassVar[bool] = False
    rule_of_thumb: ClassVar[bool] = True

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedMean:
        """Average each symbol's training targets.

        Raises
        ------
        DataError
            There are no training windows, or a target is not finite.
        """
        _by_symbol.check_learnable(train, "mean")
        return FittedMean(_by_symbol.means(train.targets, train))
