from pydantic import PrivateAttr

from workbench import Feature


class LeakyInstanceMemory(Feature, name="leaky_instance_memory"):
    """Wrong from the second call on: it is scaled by what the first call had seen in the end."""

    _last: list = PrivateAttr(default_factory=list)

    def compute(self, bars):
        so_far = bars["close"].expanding().mean()
        centre = self._last[0] if self._last else so_far
        self._last.append(float(so_far.iloc[-1]))
        return bars["close"] - centre


class HonestInstanceMemory(Feature, name="honest_instance_memory"):
    """Right: the plugin object holds its parameters and nothing else."""

    def compute(self, bars):
        return bars["close"] - bars["close"].expanding().mean()
