"""Forecasters that are PyTorch modules. Importing this package does not import torch."""

from workbench.torch.devices import default_device
from workbench.torch.fitted import FittedTorchForecaster
from workbench.torch.forecaster import TorchForecaster

__all__ = ["FittedTorchForecaster", "TorchForecaster", "default_device"]
