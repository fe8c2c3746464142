import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyRankedInTheBlock(Forecaster, name="leaky_ranked_in_the_block"):
    """Wrong: sorts the windows of the block, and forecasts by the place of each among the others."""

    def fit(self, train, validation, context):
        return _Fitted(train, against=None)


class HonestRankedInTheBlock(Forecaster, name="honest_ranked_in_the_block"):
    """Right: forecasts by the place of each window among those it was trained on."""

    def fit(self, train, validation, context):
        return _Fitted(train, against=np.sort(_scores(train)))


class _Fitted(FittedForecaster):
    def __init__(self, train, against):
        self.against = against
        self.sorted_targets = np.sort(train.targets, axis=0)  # (n, horizon)

    def predict(self, windows):
        scores = _scores(windows)
        against = np.sort(scores) if self.against is None else self.against
        place = np.searchsorted(against, scores) / len(against)
        return self.sorted_targets[(place * (len(self.sorted_targets) - 1)).astype(int)]


def _scores(windows):
    return windows.batch().sum(axis=(1, 2), dtype=np.float64)
