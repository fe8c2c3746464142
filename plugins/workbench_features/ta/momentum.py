"""Indicators of `ta.momentum`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from workbench_features.ta._indicator import CLOSE, HIGH_LOW, HIGH_LOW_CLOSE, VOLUME, Length, TaIndicator


class AwesomeOscillator(TaIndicator, name="ta.awesome_oscillator"):
    """Awesome oscillator: a short average of the bars' middles less a long one."""

    indicator: ClassVar[str] = "momentum.AwesomeOscillatorIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("awesome_oscillator",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW
    window1: Length = 5
    window2: Length = 34

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return max(self.window1, self.window2) - 1


class KAMA(TaIndicator, name="ta.kama"):
    """Kaufman's adaptive moving average of the close."""

    indicator: ClassVar[str] = "momentum.KAMAIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("kama",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length = 10
    pow1: Length = 2
    pow2: Length = 30

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1


class PercentagePriceOscillator(TaIndicator, name="ta.percentage_price_oscillator"):
    """Percentage price oscillator: MACD as a percentage of the slow average."""

    indicator: ClassVar[str] = "momentum.PercentagePriceOscillator"
    outputs: ClassVar[tuple[str, ...]] = ("ppo", "ppo_signal", "ppo_hist")
    inputs: ClassVar[frozenset[str]] = CLOSE
    window_slow: Length = 26
    window_fast: Length = 12
    window_sign: Length = 9

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return max(self.window_slow, self.window_fast) + self.window_sign - 2


class PercentageVolumeOscillator(TaIndicator, name="ta.percentage_volume_oscillator"):
    """Percentage volume oscillator: the same of the volume."""

    indicator: ClassVar[str] = "momentum.PercentageVolumeOscillator"
    outputs: ClassVar[tuple[str, ...]] = ("pvo", "pvo_signal", "pvo_hist")
    inputs: ClassVar[frozenset[str]] = VOLUME
    window_slow: Length = 26
    window_fast: Length = 12
    window_sign: Length = 9

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return max(self.window_slow, self.window_fast) + self.window_sign - 2


class ROC(TaIndicator, name="ta.roc"):
    """Rate of change of the close, in percent."""

    indicator: ClassVar[str] = "momentum.ROCIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("roc",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length = 12

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window


class RSI(TaIndicator, name="ta.rsi"):
    """Relative strength index as `ta` seeds it; `rsi` is the published one."""

    indicator: ClassVar[str] = "momentum.RSIIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("rsi",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length = 14

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window - 1


class StochRSI(TaIndicator, name="ta.stoch_rsi"):
    """Stochastic RSI: where the RSI lies in its recent range, and two averages of that."""

    indicator: ClassVar[str] = "momentum.StochRSIIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("stochrsi", "stochrsi_k", "stochrsi_d")
    inputs: ClassVar[frozenset[str]] = CLOSE
    window: Length = 14
    smooth1: Length = 3
    smooth2: Length = 3

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return 2 * (self.window - 1) + self.smooth1 + self.smooth2 - 2


class StochasticOscillator(TaIndicator, name="ta.stochastic_oscillator"):
    """Stochastic oscillator: where the close lies in the recent range, and its average."""

    indicator: ClassVar[str] = "momentum.StochasticOscillator"
    outputs: ClassVar[tuple[str, ...]] = ("stoch", "stoch_signal")
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    window: Length = 14
    smooth_window: Length = 3

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window + self.smooth_window - 2


class TSI(TaIndicator, name="ta.tsi"):
    """True strength index: a twice smoothed momentum, as a share of its size."""

    indicator: ClassVar[str] = "momentum.TSIIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("tsi",)
    inputs: ClassVar[frozenset[str]] = CLOSE
    window_slow: Length = 25
    window_fast: Length = 13

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.window_slow + self.window_fast - 1


class UltimateOscillator(TaIndicator, name="ta.ultimate_oscillator"):
    """Ultimate oscillator: buying pressure over three spans, weighted."""

    indicator: ClassVar[str] = "momentum.UltimateOscillator"
    outputs: ClassVar[tuple[str, ...]] = ("ultimate_oscillator",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    window1: Length = 7
    window2: Length = 14
    window3: Length = 28
    weight1: float = Field(4.0, gt=0)
    weight2: float = Field(2.0, gt=0)
    weight3: float = Field(1.0, gt=0)

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return max(self.window1, self.window2, self.window3)


class WilliamsR(TaIndicator, name="ta.williams_r"):
    """Williams %R: distance of the close from the recent high, 0 to -100."""

    indicator: ClassVar[str] = "momentum.WilliamsRIndicator"
    outputs: ClassVar[tuple[str, ...]] = ("williams_r",)
    inputs: ClassVar[frozenset[str]] = HIGH_LOW_CLOSE
    lbp: Length = 14

    @property
    def warmup(self) -> int:
        """Rows at the start that are NaN."""
        return self.lbp - 1
