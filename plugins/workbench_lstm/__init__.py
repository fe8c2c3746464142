"""Long short-term memory networks on PyTorch: `lstm` and `stacked_lstm`."""

from collections.abc import Iterable

from workbench import Forecaster, hookimpl
from workbench_lstm._forecasters import LSTM, StackedLSTM

__all__ = ["LSTM", "StackedLSTM"]


@hookimpl
def workbench_forecasters() -> Iterable[type[Forecaster]]:
    """Offer `lstm` and `stacked_lstm`."""
    return [LSTM, StackedLSTM]
