import gc

import numpy as np

from workbench import FittedForecaster, Forecaster, Panel


class LeakyWalkedGarbage(Forecaster, name="leaky_walked_garbage"):
    """Wrong: asks the garbage collector for a panel that reaches further than its windows."""

    def fit(self, train, validation, context):
        return _FittedThief()


class HonestWalkedGarbage(Forecaster, name="honest_walked_garbage"):
    """Right: takes what it is handed, and forecasts that the price stays."""

    def fit(self, train, validation, context):
        return _FittedStill()


class _FittedThief(FittedForecaster):
    def predict(self, windows):
        panels = [thing for thing in gc.get_objects() if type(thing) is Panel]
        change = [self._change_after(windows.origins[i], str(windows.symbols[i]), panels) for i in range(len(windows))]
        return np.repeat(np.array(change)[:, None], windows.horizon, axis=1)

    def _change_after(self, origin, symbol, panels):
        for panel in panels:
            close = panel.frames[symbol]["close"] if symbol in panel.frames else None
            if close is not None and origin in close.index[:-1]:
                row = close.index.get_loc(origin)
                return float(close.iloc[row + 1] / close.iloc[row] - 1)
        return 0.0


class _FittedStill(FittedForecaster):
    def predict(self, windows):
        return np.zeros((len(windows), windows.horizon))
