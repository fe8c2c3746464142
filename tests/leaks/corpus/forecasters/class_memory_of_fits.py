from typing import ClassVar

import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyClassMemoryOfFits(Forecaster, name="leaky_class_memory_of_fits"):
    """Wrong: the class keeps the targets of the latest fold it was fitted on, for folds that lie before it."""

    latest: ClassVar[list] = []

    def fit(self, train, validation, context):
        self.latest.append((train.origins.max(), train.targets.mean(axis=0)))
        _, mean = max(self.latest, key=lambda kept: kept[0])
        return _Fitted(mean)


class HonestClassMemoryOfFits(Forecaster, name="honest_class_memory_of_fits"):
    """Right: every fit learns from its own training windows alone."""

    def fit(self, train, validation, context):
        return _Fitted(train.targets.mean(axis=0))


class _Fitted(FittedForecaster):
    def __init__(self, mean):
        self.mean = mean  # (horizon,)

    def predict(self, windows):
        return np.tile(self.mean, (len(windows), 1))
