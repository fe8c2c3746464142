import numpy as np
from pydantic import Field

from workbench import FittedForecaster, Forecaster


class LeakyLearnsBeforeItMay(Forecaster, name="leaky_learns_before_it_may"):
    """Wrong: corrects itself by the sum of the next `horizon` changes one bar after it has forecast them."""

    rate: float = Field(0.1, gt=0, lt=1)

    def fit(self, train, validation, context):
        return _Fitted(self.rate, waits=False)


class HonestLearnsBeforeItMay(Forecaster, name="honest_learns_before_it_may"):
    """Right: corrects itself by changes once they have all happened, as each origin's history tells."""

    rate: float = Field(0.1, gt=0, lt=1)

    def fit(self, train, validation, context):
        return _Fitted(self.rate, waits=True)


class _Fitted(FittedForecaster):
    def __init__(self, rate, waits):
        self.rate, self.waits = rate, waits

    def predict(self, windows):
        level = np.array([self._level(windows, i) for i in range(len(windows))])
        return np.repeat(level[:, None], windows.horizon, axis=1)

    def _level(self, windows, i):
        symbol, horizon = str(windows.symbols[i]), windows.horizon
        seen = windows.ends[i] - windows.first_rows[symbol] + 1
        until = seen if self.waits else seen + horizon - 1
        changes = np.nan_to_num(windows.realised[symbol][:until])[-60 - horizon :]
        sums = np.convolve(changes, np.ones(horizon), mode="valid") if len(changes) >= horizon else np.zeros(1)
        weights = self.rate * (1 - self.rate) ** np.arange(len(sums))[::-1]
        return float(sums @ weights)
