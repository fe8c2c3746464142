from typing import ClassVar

from workbench import DataError
from workbench.torch import TorchForecaster


class LeakyBatchStatistics(TorchForecaster, name="leaky_batch_statistics"):
    """Wrong: without running statistics, batch normalisation uses those of the block when it forecasts too."""

    tracked: ClassVar[bool] = False

    @classmethod
    def example(cls, folder):
        return cls(epochs=2)

    def fit(self, train, validation, context):
        if len(train) < 2:
            raise DataError("statistics of a batch need at least two training windows; load more history.")
        return super().fit(train, validation, context)

    def build(self, n_features, horizon):
        from torch import nn

        return nn.Sequential(
            nn.Flatten(),
            nn.LazyLinear(4),
            nn.BatchNorm1d(4, track_running_stats=self.tracked),
            nn.Linear(4, horizon),
        )


class HonestBatchStatistics(LeakyBatchStatistics, name="honest_batch_statistics"):
    """Right: batch normalisation keeps running statistics in training, and forecasts with them."""

    tracked: ClassVar[bool] = True
