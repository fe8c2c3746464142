"""`Feature` and `PanelFeature`: columns computed from bars."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from workbench.contracts.arrays import Bars
from workbench.contracts.panel import Panel
from workbench.contracts.plugin import Plugin

if TYPE_CHECKING:
    import pandas as pd


class Feature(Plugin):
    """Columns computed from the bars of one symbol."""

    kind: ClassVar[str] = "feature"
    inputs: ClassVar[frozenset[str] | set[str]] = frozenset({"open", "high", "low", "close", "volume"})
    """Columns of the bars that `compute` reads.

    A feature of `{"close"}` alone can be computed on forecast bars too, which have nothing else: without it, and with
    any other column in it, an experiment cannot be recursive.
    """

    @property
    def warmup(self) -> int:
        """Rows at the start that are undefined (NaN, never zero)."""
        return 0

    @abstractmethod
    def compute(self, bars: Bars) -> pd.Series | pd.DataFrame:
        """Return one or more columns on the index of `bars`.

        Row `t` may depend on rows up to and including `t` only: a feature is known at its bar's close.
        """


class PanelFeature(Plugin):
    """Columns computed across symbols, at one moment in time."""

    kind: ClassVar[str] = "feature"
    inputs: ClassVar[frozenset[str] | set[str]] = frozenset({"open", "high", "low", "close", "volume"})

    @property
    def warmup(self) -> int:
        """Rows at the start of each symbol that are undefined (NaN, never zero)."""
        return 0

    @abstractmethod
    def compute(self, panel: Panel) -> dict[str, pd.Series | pd.DataFrame]:
        """Return per symbol one or more columns on the index of its bars.

        A value known at some moment may depend on bars with `known_at` at or before that moment only.
        """
