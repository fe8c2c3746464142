"""Indicators of `ta.volume`."""

from __future__ import annotations

from typing import ClassVar

from workbench_features.ta._indicator import (
    CLOSE_VOLUME,
    HIGH_LOW,
    HIGH_LOW_CLOSE_VOLUME,
    VOLUME,
    Length,
    TaIndicator,
)


class AccDistIndex(TaIndicator, name="ta.acc_dist_index"):
    """Accumulation/distribution: volume weighed by where the close lies in the bar, summed."""

    indicator: ClassVar[str] = "volume.AccDistIndexIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("acc_dist_index",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE_VOLUME


class ChaikinMoneyFlow(TaIndicator, name="ta.chaikin_money_flow"):
    """Chaikin money flow: the same over a window, as a share of its volume."""

    indicator: ClassVar[str] = "volume.ChaikinMoneyFlowIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("chaikin_money_flow",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE_VOLUME
    window: Length = 20

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1


class EaseOfMovement(TaIndicator, name="ta.ease_of_movement"):
    """Ease of movement: price change against volume, and its average; NaN at bars without volume."""

    indicator: ClassVar[str] = "volume.EaseOfMovementIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("ease_of_movement", "sma_ease_of_movement")
    inputs: ClassVar[frozenset[str]] = HIGH_LOW | VOLUME
    window: Length = 14

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window


class ForceIndex(TaIndicator, name="ta.force_index"):
    """Force index: price change times volume, smoothed."""

    indicator: ClassVar[str] = "volume.ForceIndexIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("force_index",)
    inputs: ClassVar[frozenset[str]] = CLOSE_VOLUME
    window: Length = 13

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window


class MFI(TaIndicator, name="ta.mfi"):
    """Money flow index: an RSI of price times volume."""

    indicator: ClassVar[str] = "volume.MFIIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("money_flow_index",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE_VOLUME
    window: Length = 14

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1


class NegativeVolumeIndex(TaIndicator, name="ta.negative_volume_index"):
    """Negative volume index: returns of the bars with less volume than the one before, compounded."""

    indicator: ClassVar[str] = "volume.NegativeVolumeIndexIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("negative_volume_index",)
    inputs: ClassVar[frozenset[str]] = CLOSE_VOLUME


class OnBalanceVolume(TaIndicator, name="ta.on_balance_volume"):
    """On-balance volume: volume of rising bars less that of falling ones, summed."""

    indicator: ClassVar[str] = "volume.OnBalanceVolumeIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("on_balance_volume",)
    inputs: ClassVar[frozenset[str]] = CLOSE_VOLUME


class VolumePriceTrend(TaIndicator, name="ta.volume_price_trend"):
    """Volume price trend: returns times volume, summed."""

    indicator: ClassVar[str] = "volume.VolumePriceTrendIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("volume_price_trend",)
    inputs: ClassVar[frozenset[str]] = CLOSE_VOLUME
    smoothing_factor: Length | None = None

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.smoothing_factor or 1


class VolumeWeightedAveragePrice(TaIndicator, name="ta.volume_weighted_average_price"):
    """Volume-weighted average of the typical price over a window."""

    indicator: ClassVar[str] = "volume.VolumeWeightedAveragePrice"
    outputs: ClassVar[tuple[str, ...]] = ("volume_weighted_average_price",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE_VOLUME
    window: Length = 14

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1
