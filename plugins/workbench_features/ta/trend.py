"""Indicators of `ta.trend`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field

from workbench import ExperimentError
from workbench_features.ta._indicator import CLOSE, HIGH_LOW, HIGH_LOW_CLOSE, Length, TaIndicator


class ADX(TaIndicator, name="ta.adx"):
    """Average directional index as `ta` seeds it; `adx` is the published one."""

    indicator: ClassVar[str] = "trend.ADXIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("adx", "adx_pos", "adx_neg")
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    window: int = Field(14, ge=2, description="bars")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return 2 * self.window - 1


class Aroon(TaIndicator, name="ta.aroon"):
    """Aroon: how long ago the recent high and low were."""

    indicator: ClassVar[str] = "trend.AroonIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("aroon_up", "aroon_down", "aroon_indicator")
    inputs: ClassVar[frozenset[str]] = HIGH_LOW
    window: Length = 25

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window


class CCI(TaIndicator, name="ta.cci"):
    """Commodity channel index: distance of the typical price from its average."""

    indicator: ClassVar[str] = "trend.CCIIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("cci",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    window: int = Field(20, ge=2, description="bars")
    constant: float = Field(0.015, gt=0)

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1


class DPO(TaIndicator, name="ta.dpo"):
    """Detrended price oscillator: an earlier close less the moving average."""

    indicator: ClassVar[str] = "trend.DPOIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("dpo",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length = 20

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN: also those that `ta` fills with the mean of the whole series."""
        return max(self.window - 1, self.window // 2 + 1)


class EMA(TaIndicator, name="ta.ema"):
    """Exponential moving average as `ta` seeds it; `ema` is the published one."""

    indicator: ClassVar[str] = "trend.EMAIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("ema_indicator",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length = 14

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1


class Ichimoku(TaIndicator, name="ta.ichimoku"):
    """Ichimoku: conversion line, base line and the two leading spans, not shifted."""

    indicator: ClassVar[str] = "trend.IchimokuIndicator"
    outputs: ClassVar[tuple[str, ...]] = (
        "ichimoku_conversion_line",
        "ichimoku_base_line",
        "ichimoku_a",
        "ichimoku_b",
    )
    inputs: ClassVar[frozenset[str]] = HIGH_LOW
    window1: Length = 9
    window2: Length = 26
    window3: Length = 52

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return max(self.window1, self.window2, self.window3) - 1


class KST(TaIndicator, name="ta.kst"):
    """Refused: the know sure thing of `ta` sees the future."""

    indicator: ClassVar[str] = "trend.KSTIndicator"
    inputs: ClassVar[frozenset[str]] = CLOSE

    def __init__(self, **params: Any) -> None:
        raise ExperimentError(
            "'ta.kst' is refused: `ta` fills the start of its rates of change with the mean of the whole "
            "series, which is not known yet at those rows. Use `ta.roc` at several lengths instead."
        )


class MACD(TaIndicator, name="ta.macd"):
    """MACD as `ta` seeds it; `macd` is the published one."""

    indicator: ClassVar[str] = "trend.MACD"
    outputs: ClassVar[tuple[str, ...]] = ("macd", "macd_signal", "macd_diff")
    inputs: ClassVar[frozenset[str]] = CLOSE
    window_slow: Length = 26
    window_fast: Length = 12
    window_sign: Length = 9

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return max(self.window_slow, self.window_fast) + self.window_sign - 2


class MassIndex(TaIndicator, name="ta.mass_index"):
    """Mass index: bulges of the range between high and low."""

    indicator: ClassVar[str] = "trend.MassIndex"
    outputs: ClassVar[tuple[str, ...]] = ("mass_index",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW
    window_fast: Length = 9
    window_slow: Length = 25

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return 2 * (self.window_fast - 1) + self.window_slow - 1


class PSAR(TaIndicator, name="ta.psar"):
    """Parabolic stop and reverse: the stop, and where the trend turns up or down.

    `ta` also has the stop split into an upper and a lower series; each is undefined while the other holds, so
    that no row would be complete, and they are left out.
    """

    indicator: ClassVar[str] = "trend.PSARIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("psar", "psar_up_indicator", "psar_down_indicator")
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    step: float = Field(0.02, gt=0)
    max_step: float = Field(0.2, gt=0)

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return 2


class SMA(TaIndicator, name="ta.sma"):
    """Simple moving average of the close."""

    indicator: ClassVar[str] = "trend.SMAIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("sma_indicator",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Average five bars."""
        return cls(window=5)

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1


class STC(TaIndicator, name="ta.stc"):
    """Schaff trend cycle: MACD through two stochastic oscillators."""

    indicator: ClassVar[str] = "trend.STCIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("stc",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window_slow: Length = 50
    window_fast: Length = 23
    cycle: int = Field(10, ge=2, description="bars")
    smooth1: Length = 3
    smooth2: Length = 3

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return max(self.window_slow, self.window_fast) - 1 + 2 * (self.cycle - 1) + self.smooth1 + self.smooth2 - 2


class TRIX(TaIndicator, name="ta.trix"):
    """Rate of change of a triply smoothed average of the close, in percent."""

    indicator: ClassVar[str] = "trend.TRIXIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("trix",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length = 15

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return 3 * (self.window - 1) + 1


class Vortex(TaIndicator, name="ta.vortex"):
    """Vortex: upward and downward movement as a share of the true range."""

    indicator: ClassVar[str] = "trend.VortexIndicator"
    outputs: ClassVar[tuple[str, ...]] = (
        "vortex_indicator_pos",
        "vortex_indicator_neg",
        "vortex_indicator_diff",
    )
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    window: Length = 14

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window


class WMA(TaIndicator, name="ta.wma"):
    """Weighted moving average of the close, the newest weighing most."""

    indicator: ClassVar[str] = "trend.WMAIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("wma",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length = 9

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1
