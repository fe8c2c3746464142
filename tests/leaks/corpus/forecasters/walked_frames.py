import sys

import numpy as np

from workbench import FittedForecaster, Forecaster, Windows


class LeakyWalkedFrames(Forecaster, name="leaky_walked_frames"):
    """Wrong: looks through its callers' variables for windows that reach further than its own."""

    def fit(self, train, validation, context):
        return _FittedThief()


class HonestWalkedFrames(Forecaster, name="honest_walked_frames"):
    """Right: reads its own windows, of which it repeats the last value."""

    def fit(self, train, validation, context):
        return _FittedRepeat()


class _FittedThief(FittedForecaster):
    def predict(self, windows):
        widest = max([windows, *self._windows_of_callers()], key=lambda found: len(found.values))
        rows = np.minimum(windows.ends + 1, len(widest.values) - 1)
        return np.repeat(widest.values[rows, :1].astype(np.float64), windows.horizon, axis=1)

    def _windows_of_callers(self):
        frame = sys._getframe(2)
        while frame is not None:
            yield from (thing for thing in frame.f_locals.values() if isinstance(thing, Windows))
            frame = frame.f_back


class _FittedRepeat(FittedForecaster):
    def predict(self, windows):
        return np.repeat(windows.values[windows.ends, :1].astype(np.float64), windows.horizon, axis=1)
