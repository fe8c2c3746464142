import numpy as np
import pandas as pd
from pydantic import Field

from workbench import Feature

PRICES = ["open", "high", "low", "close"]


class LeakyPrincipalComponent(Feature, name="leaky_principal_component"):
    """Wrong: the component is fitted to the whole series."""

    @property
    def warmup(self):
        return 1

    def compute(self, bars):
        changes = bars[PRICES].diff().to_numpy()  # (n, 4)
        seen = changes[np.isfinite(changes).all(axis=1)]
        if len(seen) < 2:
            return bars["close"].diff()
        _, vectors = np.linalg.eigh(np.cov(seen.T))
        return pd.Series((changes - seen.mean(axis=0)) @ vectors[:, -1], index=bars.index)


class HonestPrincipalComponent(Feature, name="honest_principal_component"):
    """Right: at each bar the component of a trailing window, turned so that its close counts positively."""

    window: int = Field(30, ge=5)

    @property
    def warmup(self):
        return self.window

    def compute(self, bars):
        changes = bars[PRICES].diff().to_numpy()  # (n, 4)
        out = np.full(len(bars), np.nan)
        if len(bars) >= self.window:
            blocks = np.lib.stride_tricks.sliding_window_view(changes, self.window, axis=0)  # (m, 4, window)
            whole = np.isfinite(blocks).all(axis=(1, 2))
            out[self.window - 1 :][whole] = _last_scores(blocks[whole])
        return pd.Series(out, index=bars.index)


def _last_scores(blocks):
    centred = blocks - blocks.mean(axis=2, keepdims=True)
    _, vectors = np.linalg.eigh(centred @ centred.transpose(0, 2, 1))
    first = vectors[:, :, -1]  # (m, 4)
    first = first * np.where(first[:, -1:] < 0, -1.0, 1.0)
    return np.einsum("ij,ij->i", centred[:, :, -1], first)
