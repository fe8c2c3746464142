"""A few bars for the sources that need some to exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_N_BARS = 60


def example_bars() -> pd.DataFrame:
    """Return 60 daily bars of one symbol, on weekdays, dates in the column `date`."""
    import pandas as pd

    dates = pd.bdate_range("2020-01-01", periods=_N_BARS + 1)
    prices = np.round(100 + 5 * np.sin(np.arange(_N_BARS + 1) / 4), 2)
    opened, closed = prices[:-1], prices[1:]
    return pd.DataFrame(
        {
            "date": dates[1:],
            "open": opened,
            "high": np.maximum(opened, closed) + 0.5,
            "low": np.minimum(opened, closed) - 0.5,
            "close": closed,
            "volume": 1000.0,
        }
    )
