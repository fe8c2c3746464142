from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from workbench import Feature


@dataclass(frozen=True)
class _Series:
    start: Any
    close: Any = field(compare=False)


@lru_cache
def _scale(series):
    return series.close.mean(), series.close.std()


class LeakyCachedByStart(Feature, name="leaky_cached_by_start"):
    """Wrong: the scale of the whole series, cached by its first date, so that a shorter one gets the same."""

    def compute(self, bars):
        mean, spread = _scale(_Series(bars.index[0], bars["close"]))
        return (bars["close"] - mean) / spread


class HonestCachedByStart(Feature, name="honest_cached_by_start"):
    """Right: the scale of the first 50 bars, fixed from then on."""

    @property
    def warmup(self):
        return 49

    def compute(self, bars):
        close = bars["close"]
        first = close.iloc[:50]
        if len(first) < 50 or not first.std() > 0:
            return close * float("nan")
        scaled = (close - first.mean()) / first.std()
        scaled.iloc[:49] = float("nan")
        return scaled
