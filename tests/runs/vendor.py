"""A remote source that answers from memory and notes what it was asked for."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from workbench import DataError, DataSource


def history(first: str = "2024-01-01", last: str = "2024-12-31", freq: str = "B") -> pd.DataFrame:
    """Bars whose close tells their date."""
    days = pd.date_range(first, last, freq=freq, name="date")
    close = 100.0 + np.arange(len(days))
    return pd.DataFrame(
        {"open": close - 0.5, "high": close + 1, "low": close - 1, "close": close, "volume": 1000.0}, index=days
    )


class Vendor(DataSource, name="vendor"):
    """Answers from `bars`, which tests change; `asked` is the log."""

    is_remote: ClassVar[bool] = True
    bars: ClassVar[Any] = None
    asked: ClassVar[list[tuple[str | None, str | None]]] = []
    fails: ClassVar[bool] = False

    def fetch(self, symbol, start, end, interval):
        self.asked.append((start, end))
        if self.fails:
            raise DataError("the vendor does not answer.")
        until = None if end is None else f"{end} 23:59:59"
        return type(self).bars.loc[start:until].copy()


def reset() -> None:
    Vendor.bars, Vendor.fails = history(), False
    Vendor.asked.clear()
