"""Indicators of `ta.volatility`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from workbench_features.ta._indicator import CLOSE, HIGH_LOW_CLOSE, Length, TaIndicator


class AverageTrueRange(TaIndicator, name="ta.average_true_range"):
    """Average true range as `ta` seeds it; `atr` is the published one."""

    indicator: ClassVar[str] = "volatility.AverageTrueRange"
    outputs: ClassVar[tuple[str, ...]] = ("average_true_range",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    window: Length = 14

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1


class BollingerBands(TaIndicator, name="ta.bollinger_bands"):
    """Bollinger bands with width, position within them, and whether the close is outside."""

    indicator: ClassVar[str] = "volatility.BollingerBands"
    outputs: ClassVar[tuple[str, ...]] = (
        "bollinger_mavg",
        "bollinger_hband",
        "bollinger_lband",
        "bollinger_wband",
        "bollinger_pband",
        "bollinger_hband_indicator",
        "bollinger_lband_indicator",
    )
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: int = Field(20, ge=2, description="bars")
    window_dev: float = Field(2, gt=0, description="standard deviations")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1


class DonchianChannel(TaIndicator, name="ta.donchian_channel"):
    """Donchian channel: recent high and low, the middle, width and position between them."""

    indicator: ClassVar[str] = "volatility.DonchianChannel"
    outputs: ClassVar[tuple[str, ...]] = (
        "donchian_channel_hband",
        "donchian_channel_lband",
        "donchian_channel_mband",
        "donchian_channel_wband",
        "donchian_channel_pband",
    )
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    window: Length = 20
    offset: int = Field(0, ge=0, description="bars the channel is moved back; ahead would be the future")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1 + self.offset


class KeltnerChannel(TaIndicator, name="ta.keltner_channel"):
    """Keltner channel: bands around a moving average by range, with width and position."""

    indicator: ClassVar[str] = "volatility.KeltnerChannel"
    outputs: ClassVar[tuple[str, ...]] = (
        "keltner_channel_mband",
        "keltner_channel_hband",
        "keltner_channel_lband",
        "keltner_channel_wband",
        "keltner_channel_pband",
        "keltner_channel_hband_indicator",
        "keltner_channel_lband_indicator",
    )
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    window: Length = 20
    window_atr: Length = 10
    original_version: bool = Field(True, description="average the typical price, rather than the close by ATR")
    multiplier: float = Field(2, gt=0, description="bands by so many ATR, in the newer version")

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return (self.window if self.original_version else max(self.window, self.window_atr)) - 1


class UlcerIndex(TaIndicator, name="ta.ulcer_index"):
    """Ulcer index: depth of the falls from recent highs."""

    indicator: ClassVar[str] = "volatility.UlcerIndex"
    outputs: ClassVar[tuple[str, ...]] = ("ulcer_index",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length = 14

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1
