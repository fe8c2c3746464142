"""How the step size of the optimizer changes from epoch to epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau, StepLR

if TYPE_CHECKING:
    from workbench.torch.forecaster import TorchForecaster


class Schedule(Protocol):
    """Sets the rate of the next epoch."""

    def __call__(self, loss: float) -> None:
        """Take note of an epoch and its loss."""


def make_schedule(settings: TorchForecaster, optimizer: Optimizer) -> Schedule:
    """Return what is to be called after each epoch with its validation loss, or training loss where there is none.

    With rate r, epochs e = 1, 2, ..., `epochs` = E, `schedule_epochs` = S and `schedule_factor` = f:

    - ``constant``: r.
    - ``cosine``: r * (1 + cos(pi * (e - 1) / E)) / 2 [1]_.
    - ``step``: r * f ** floor((e - 1) / S).
    - ``plateau``: r, times f whenever S epochs have passed without a loss below the lowest so far, since then or since
      the last time.

    References
    ----------
    .. [1] Loshchilov & Hutter (2017), "SGDR: Stochastic Gradient Descent with Warm Restarts", without the restarts.
    """
    every, factor = settings.schedule_epochs, settings.schedule_factor
    match settings.schedule:
        case "constant":
            return lambda loss: None
        case "cosine":
            cosine = CosineAnnealingLR(optimizer, T_max=settings.epochs)
            return lambda loss: cosine.step()
        case "step":
            steps = StepLR(optimizer, step_size=every, gamma=factor)
            return lambda loss: steps.step()
        case "plateau":
            # torch counts the epochs that it puts up with, we those after which the rate falls
            plateau = ReduceLROnPlateau(optimizer, factor=factor, patience=every - 1, threshold=0.0, eps=0.0)
            return lambda loss: plateau.step(loss)
