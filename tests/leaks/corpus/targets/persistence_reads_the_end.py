import numpy as np

from workbench import Target


class _Range(Target):
    def compute(self, bars, horizon):
        spread = bars["high"] - bars["low"]
        return np.column_stack([spread.shift(-k) for k in range(1, horizon + 1)])

    def to_price(self, forecast, last_price):
        return None

    def realised(self, bars):
        return (bars["high"] - bars["low"]).to_numpy()


class LeakyPersistenceReadsTheEnd(_Range, name="leaky_persistence_reads_the_end"):
    """Wrong: persistence repeats the last range of the block, for every origin of it."""

    def persistence(self, windows):
        last = [windows.realised[str(symbol)][-1] for symbol in windows.symbols]
        return np.repeat(np.array(last)[:, None], windows.horizon, axis=1)


class HonestPersistenceReadsTheEnd(_Range, name="honest_persistence_reads_the_end"):
    """Right: persistence repeats the range of each origin's own bar."""

    def persistence(self, windows):
        last = [windows.history(i)[-1] for i in range(len(windows))]
        return np.repeat(np.array(last)[:, None], windows.horizon, axis=1)
