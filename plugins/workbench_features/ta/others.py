"""Indicators of `ta.others`."""

from __future__ import annotations

from typing import ClassVar

from workbench_features.ta._indicator import CLOSE, TaIndicator


class CumulativeReturn(TaIndicator, name="ta.cumulative_return"):
    """Return since the first bar of the series, in percent."""

    indicator: ClassVar[str] = "others.CumulativeReturnIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("cumulative_return",)
    inputs: ClassVar[frozenset[str]] = CLOSE


class DailyLogReturn(TaIndicator, name="ta.daily_log_return"):
    """Logarithmic return of one bar, in percent; NaN where a close is not positive."""

    indicator: ClassVar[str] = "others.DailyLogReturnIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("daily_log_return",)
    inputs: ClassVar[frozenset[str]] = CLOSE

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return 1


class DailyReturn(TaIndicator, name="ta.daily_return"):
    """Simple return of one bar, in percent."""

    indicator: ClassVar[str] = "others.DailyReturnIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("daily_return",)
    inputs: ClassVar[frozenset[str]] = CLOSE

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return 1
