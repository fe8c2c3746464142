"""The forecaster `persistence`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

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


@dataclass(frozen=True)
class FittedPersistence(FittedForecaster):
    """Asks the target what "tomorrow = today" means for it."""

    target: Target

    def predict(self, windows: Windows) -> FloatArray:
        """Return the target's persistence forecast, of shape (n, horizon)."""
        return self.target.persistence(windows)

    def save(self, folder: Path) -> None:
        """Write the target's description."""
        from workbench_baselines._files import write

        write(folder, target=describe_plugin(self.target))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from workbench_baselines._files import read

        (target,) = read(folder, "target")
        return cls(remake_plugin(target, Target))


class Persistence(Forecaster, name="persistence"):
    """Tomorrow = today: the price stays where it is.

    Learns nothing and needs no feature. The target says what it means: a return of zero, the last price.
    """

    uses_seed: ClassVar[bool] = False
    rule_of_thumb: ClassVar[bool] = True

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedPersistence:
        """Take note of the target."""
        return FittedPersistence(context.target)
