"""The check that every forecaster which learns from windows makes first."""

from __future__ import annotations

import numpy as np

from workbench.contracts.windows import Windows
from workbench.errors import DataError


def check_trainable(windows: Windows, block: str, label: str) -> None:
    """Refuse windows that nothing can be learnt from.

    Raises
    ------
    DataError
        There are none, they have no features, or one holds a value that is not finite.
    """
    if not windows.n_features:
        raise DataError(
            f"the forecaster {label!r} reads features, and the experiment has none: `features = []`. Name some, such "
            f"as `log_return`, or leave `features` out. `har`, `ets`, `arima` and `seasonal` need none."
        )
    if not len(windows):
        raise DataError(
            f"the {block} block has no windows. Load more history, or make `lookback`, `horizon` or the test "
            f"block smaller."
        )
    unclean = np.concatenate([[0], np.cumsum(~np.isfinite(windows.values).all(axis=1))])
    bad_x = unclean[windows.ends + 1] > unclean[windows.ends + 1 - windows.lookback]
    bad_y = ~np.isfinite(windows.targets).all(axis=1)
    for what, bad in (("feature", bad_x), ("target", bad_y)):
        if bad.any():
            first = int(bad.argmax())
            raise DataError(
                f"{int(bad.sum())} of {len(windows)} {block} windows hold a {what} that is not finite, the "
                f"first at origin {windows.origins[first]} of {windows.symbols[first]}. Leave such origins "
                f"out, or fill the gaps before the fit."
            )
