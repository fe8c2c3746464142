"""What training minimises, and how forecasts are read from what a module returns."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from workbench.torch.outputs import levels_of

if TYPE_CHECKING:
    from workbench.torch.forecaster import TorchForecaster

VARIANCE_FLOOR = 1e-6
"""Smallest variance of a Gaussian forecast, in the units that training sees: its density stays bounded."""

_POINT_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": nn.functional.mse_loss,
    "mae": nn.functional.l1_loss,
    "huber": nn.functional.huber_loss,
}


class Loss(ABC):
    """A loss, and the meaning of the numbers that it is computed from."""

    n_quantiles = 0
    """Quantiles of a forecast, beside its point."""

    @abstractmethod
    def __call__(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Map what the module returned (B, horizon * k) and the targets (B, horizon) to a mean loss ()."""

    @abstractmethod
    def forecast(self, outputs: Tensor) -> Tensor:
        """Map (B, horizon * k) to forecasts (B, horizon, 1 + q): the point, then the quantiles, rising."""


class PointLoss(Loss):
    """A loss of one number per step, which is the forecast."""

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor]) -> None:
        self._function = function

    def __call__(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Apply the function; see `Loss`."""
        return self._function(outputs, y)

    def forecast(self, outputs: Tensor) -> Tensor:
        """Return the outputs as they are; see `Loss`."""
        return outputs[..., None]  # (B, horizon) -> (B, horizon, 1)


class QuantileLoss(Loss):
    """The pinball loss, the mean over `levels`; the point is the median.

    Notes
    -----
    At level a, an error e = y - q costs a * e where it is positive, and (a - 1) * e where it is not [1]_. Nothing
    keeps the outputs of a module in order, so forecasts are sorted, which never makes the loss larger [2]_.

    References
    ----------
    .. [1] Koenker & Bassett (1978), "Regression Quantiles", *Econometrica* 46.
    .. [2] Chernozhukov, Fernández-Val & Galichon (2010), "Quantile and Probability Curves Without Crossing",
       *Econometrica* 78.
    """

    def __init__(self, levels: Sequence[float], device: str) -> None:
        self.n_quantiles = len(levels)
        self._median = levels.index(0.5)
        self._levels = torch.tensor(levels, dtype=torch.float32, device=device)  # (q,)

    def __call__(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return the mean over windows, steps and levels; see `Loss`."""
        quantiles = _by_step(outputs, self.n_quantiles)  # (B, horizon, q)
        errors = y[..., None] - quantiles  # (B, horizon, q)
        return torch.maximum(self._levels * errors, (self._levels - 1) * errors).mean()

    def forecast(self, outputs: Tensor) -> Tensor:
        """Sort the quantiles; see `Loss`."""
        quantiles = _by_step(outputs, self.n_quantiles).sort(dim=2).values  # (B, horizon, q)
        return torch.cat([quantiles[:, :, self._median, None], quantiles], dim=2)  # (B, horizon, 1 + q)


class GaussianLoss(Loss):
    """The negative log-likelihood of a normal distribution per step; the point is its mean.

    Notes
    -----
    Of the two outputs per step, m and s, the mean is m and the variance is softplus(s) + `VARIANCE_FLOOR` [1]_.

    References
    ----------
    .. [1] Nix & Weigend (1994), "Estimating the mean and variance of the target probability distribution".
    """

    def __init__(self, levels: Sequence[float], device: str) -> None:
        self.n_quantiles = len(levels)
        scores = torch.special.ndtri(torch.tensor(levels, dtype=torch.float64))  # (q,)
        self._scores = scores.to(dtype=torch.float32, device=device)

    def __call__(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return the mean over windows and steps; see `Loss`."""
        mean, variance = _mean_and_variance(outputs)
        return 0.5 * (torch.log(2 * math.pi * variance) + (y - mean) ** 2 / variance).mean()

    def forecast(self, outputs: Tensor) -> Tensor:
        """Compute the quantiles of the normal distribution; see `Loss`."""
        mean, variance = (part[..., None] for part in _mean_and_variance(outputs))  # (B, horizon, 1) each
        quantiles = mean + variance.sqrt() * self._scores  # (B, horizon, q)
        return torch.cat([mean, quantiles], dim=2)  # (B, horizon, 1 + q)


def _by_step(outputs: Tensor, k: int) -> Tensor:
    return outputs.reshape(len(outputs), outputs.shape[1] // k, k)  # (B, horizon * k) -> (B, horizon, k)


def _mean_and_variance(outputs: Tensor) -> tuple[Tensor, Tensor]:
    mean, spread = _by_step(outputs, 2).unbind(2)  # (B, horizon) each
    return mean, nn.functional.softplus(spread) + VARIANCE_FLOOR


def make_loss(forecaster: TorchForecaster, device: str = "cpu") -> Loss:
    """Return the loss of a forecaster.

    Raises
    ------
    PluginError
        Its loss gives quantiles, and its class has a parameter `levels` of another meaning.
    """
    match forecaster.loss:
        case "quantile":
            return QuantileLoss(levels_of(forecaster), device)
        case "gaussian":
            return GaussianLoss(levels_of(forecaster), device)
        case name:
            return PointLoss(_POINT_LOSSES[name])
