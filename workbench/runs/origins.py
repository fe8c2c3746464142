"""Whether the bar that a forecast was made from is still the one it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.contracts.panel import Panel
from workbench.errors import WorkbenchError
from workbench.plan.experiment import Experiment
from workbench.runs.datasets import make_panel

if TYPE_CHECKING:
    from workbench.runs.records import RunStore

ROUNDING = 1e-4
"""Part of a price up to which another price is the same, told with other decimals."""
_LOOKED_AT = 60
"""Bars up to an origin that tell whether all prices were rescaled."""
_SPREAD = 0.003
"""How far the factors of these bars may lie apart, in the middle, to be one factor: prices are rounded to cents."""


def without_bars(row: Mapping[Any, Any], now: pd.Timestamp) -> str:
    """Status of a forecast whose bars cannot be looked at: `late`, `open` while they are not due, or `lost`."""
    if row["late"]:
        return "late"
    return "open" if row["target_known_at"] > now else "lost"


def moved_by(price: float, before: float) -> float:
    """By which factor a price is another one now; 1 where neither says anything."""
    if price == before or np.isnan(before):
        return 1.0
    return price / before if before else np.inf


class Origins:
    """Origins as they were when they were forecast from, beside the newest bars.

    Parameters
    ----------
    store : RunStore
    panel : Panel
        The newest bars, as the experiment sees them.
    asked : Experiment
        How bars are read.
    """

    def __init__(self, store: RunStore, panel: Panel, asked: Experiment) -> None:
        self._store, self._panel, self._asked = store, panel, asked
        self._before: dict[tuple[str, int], pd.Series[Any] | None] = {}

    def only_rescaled(self, row: Mapping[Any, Any], moved: float) -> bool:
        """Whether all prices up to an origin were multiplied by one factor, as after a split.

        Parameters
        ----------
        row : mapping
            A forecast, as the store keeps it.
        moved : float
            By which factor the close of its origin is another one now.
        """
        symbol = str(row["symbol"])
        before = self._closes(symbol, str(row["series"]), int(row["revision"]))
        if before is None:
            return False
        before = before[before.index < row["origin"]].iloc[-_LOOKED_AT:]
        now = self._panel[symbol]["close"].reindex(before.index)
        factors = (now / before).to_numpy()
        factors = factors[np.isfinite(factors)]
        if not len(factors):
            return False
        common = float(np.median(factors))
        spread = float(np.median(np.abs(factors / common - 1))) if common else np.inf
        return spread <= _SPREAD and abs(moved / common - 1) <= max(ROUNDING, 4 * spread)

    def _closes(self, symbol: str, series: str, revision: int) -> pd.Series[Any] | None:
        """Closes of a series as they stood at a revision; None where the store has them no more."""
        if (series, revision) not in self._before:
            try:
                bars = self._store.revision(series, revision)
                closes = make_panel({symbol: bars}, self._asked)[0][symbol]["close"]
            except WorkbenchError:
                closes = None
            self._before[series, revision] = closes
        return self._before[series, revision]
