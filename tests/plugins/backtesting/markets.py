"""Small bars, drawn and made by hand."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from workbench import Costs


def bars_of(rows, start="2024-01-01"):
    """Bars of one symbol from rows of open, high, low, close."""
    index = pd.date_range(start, periods=len(rows))
    frame = pd.DataFrame(rows, columns=["open", "high", "low", "close"], index=index, dtype=float)
    return frame.assign(volume=1.0, known_at=index + pd.Timedelta(days=1))


@st.composite
def rows_of_bars(draw, min_size=2, max_size=12):
    """Rows of open, high, low, close in whole prices, so that prices are often met exactly."""
    price = st.integers(40, 70)
    rows = []
    for _ in range(draw(st.integers(min_size, max_size))):
        first, last, up, down = draw(price), draw(price), draw(st.integers(0, 9)), draw(st.integers(0, 9))
        rows.append((first, max(first, last) + up, min(first, last) - down, last))
    return rows


def costs_strategy():
    rate = st.sampled_from([0.0, 0.0005, 0.01, 0.1])
    return st.builds(Costs, commission=rate, spread=rate)
