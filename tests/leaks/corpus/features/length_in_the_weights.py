import numpy as np

from workbench import Feature


class LeakyLengthInTheWeights(Feature, name="leaky_length_in_the_weights"):
    """Wrong: the smoothing is chosen by how long the series will be."""

    def compute(self, bars):
        return bars["close"].ewm(span=max(2.0, np.sqrt(len(bars))), adjust=False).mean()


class HonestLengthInTheWeights(Feature, name="honest_length_in_the_weights"):
    """Right: an exponential average of fixed span, from the first bar on."""

    def compute(self, bars):
        return bars["close"].ewm(span=20, adjust=False).mean()
