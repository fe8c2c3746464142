"""The training loop."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from workbench.contracts.forecaster import FitContext, Report
from workbench.contracts.trainable import check_trainable
from workbench.contracts.windows import Windows
from workbench.errors import RunFailedError, WorkbenchWarning
from workbench.torch.batches import WindowTensors
from workbench.torch.building import build_module
from workbench.torch.devices import resolve_device
from workbench.torch.losses import make_loss
from workbench.torch.members import MemberCurves, member_seeds
from workbench.torch.schedules import make_schedule
from workbench.torch.scope import borrowed_torch

if TYPE_CHECKING:
    from workbench.torch.fitted import Inputs
    from workbench.torch.forecaster import TorchForecaster

_VALIDATION_BATCH = 512


def train_modules(
    forecaster: TorchForecaster,
    inputs: Inputs,
    train: Windows,
    validation: Windows | None,
    context: FitContext,
) -> list[nn.Module]:
    """Build and train the members of a forecaster, one after the other; see `TorchForecaster.fit`.

    Returns
    -------
    list of Module
        On the CPU, in evaluation mode.
    """
    check_trainable(train, "training", forecaster.label)
    if validation is None and forecaster.patience is not None:
        warnings.warn(
            f"{forecaster.label} was trained without a validation block, so that `patience` had nothing to go by and "
            f"stopped nothing; set `validation`.",
            WorkbenchWarning,
            stacklevel=2,
        )
    if validation is not None:
        check_trainable(validation, "validation", forecaster.label)
    device = resolve_device(forecaster.device, context.device)
    if forecaster.members == 1:
        return [_train_member(forecaster, inputs, train, validation, context, device)]
    curves = MemberCurves()
    modules = []
    for seed in member_seeds(context.seed, forecaster.members):
        own = replace(context, seed=seed, report=curves.next_member())
        modules.append(_train_member(forecaster, inputs, train, validation, own, device))
    curves.report_to(context.report)
    return modules


def _train_member(
    forecaster: TorchForecaster,
    inputs: Inputs,
    train: Windows,
    validation: Windows | None,
    context: FitContext,
    device: str,
) -> nn.Module:
    """Train one module: nothing in it depends on other members."""
    with borrowed_torch(context.seed, context.n_threads, device):
        # built on the CPU, so that initial weights are the same on every device
        module = build_module(forecaster, inputs).to(device)
        trainer = _Trainer(forecaster, module, WindowTensors(train, device), context.seed, device)
        held_out = None if validation is None else WindowTensors(validation, device)
        _run_epochs(trainer, held_out, context.report)
        return module.cpu().eval()


def _run_epochs(trainer: _Trainer, held_out: WindowTensors | None, report: Report) -> None:
    best = _BestWeights(trainer.module, trainer.settings.patience)
    for epoch in range(1, trainer.settings.epochs + 1):
        train_loss = trainer.run_epoch()
        if held_out is None:
            trainer.check(epoch, train_loss)
            report(epoch, train_loss)
            trainer.set_rate(train_loss)
            continue
        validation_loss, forecast = trainer.validate(held_out)
        trainer.check(epoch, train_loss, validation_loss)
        report(epoch, train_loss, validation_loss, forecast.double().cpu().numpy())
        if best.is_enough(validation_loss):
            break
        trainer.set_rate(validation_loss)
    best.restore()


class _Trainer:
    """A module with its optimizer, its training windows and the order they are drawn in."""

    def __init__(
        self, settings: TorchForecaster, module: nn.Module, data: WindowTensors, seed: int, device: str
    ) -> None:
        self.settings = settings
        self.module = module
        self.data = data
        self.loss = make_loss(settings, device)
        self.optimizer = _optimizer(settings, module)
        self.set_rate = make_schedule(settings, self.optimizer)
        # A generator of its own, on the CPU: the order is the same on every device, dropout or not.
        self.order = torch.Generator().manual_seed(seed)

    def run_epoch(self) -> float:
        """See every training window once; return the mean loss over windows, as it was when each was seen."""
        self.module.train()
        n = len(self.data)
        order = torch.randperm(n, generator=self.order) if self.settings.shuffle else torch.arange(n)
        batches = torch.split(order.to(self.data.y.device), self.settings.batch_size)
        losses = torch.stack([self._step(index) for index in batches]).tolist()
        return math.fsum(loss * len(index) for loss, index in zip(losses, batches, strict=True)) / n

    def _step(self, index: Tensor) -> Tensor:
        windows, y = self.data.batch(index)  # (B, L, F), (B, horizon)
        loss = self.loss(self.module(windows), y)  # (B, horizon * k), (B, horizon) -> ()
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if self.settings.gradient_clip is not None:
            nn.utils.clip_grad_norm_(self.module.parameters(), self.settings.gradient_clip)
        self.optimizer.step()
        return loss.detach()

    @torch.no_grad()
    def validate(self, data: WindowTensors) -> tuple[float, Tensor]:
        """Return the mean loss over `data` with dropout off, and the point forecasts (n, horizon)."""
        self.module.eval()
        parts = torch.split(torch.arange(len(data), device=data.y.device), _VALIDATION_BATCH)
        outputs = torch.cat([self.module(data.batch(part)[0]) for part in parts])  # (n, horizon * k)
        return self.loss(outputs, data.y).item(), self.loss.forecast(outputs)[:, :, 0]  # (), (n, horizon)

    def check(self, epoch: int, *losses: float) -> None:
        """Stop a fit that has diverged."""
        # the loss of an epoch does not show what its last step did to the weights
        weights = all(bool(w.isfinite().all()) for w in self.module.parameters())
        if weights and all(map(math.isfinite, losses)):
            return
        raise RunFailedError(
            f"{self.settings.label} diverged in epoch {epoch} of {self.settings.epochs}: its loss or its "
            f"weights are no longer finite. Try a `learning_rate` below {self.settings.learning_rate:g}, "
            f"`gradient_clip = 1.0`, or a `scaler` that keeps features small."
        )


class _BestWeights:
    """The weights with the lowest validation loss so far; the last ones while there is no such loss."""

    def __init__(self, module: nn.Module, patience: int | None) -> None:
        self._module = module
        self._patience = patience
        self._lowest = math.inf
        self._epochs_since = 0
        self._weights: dict[str, Tensor] | None = None

    def is_enough(self, validation_loss: float) -> bool:
        """Take note of an epoch; return whether `patience` is used up."""
        if validation_loss < self._lowest:
            self._lowest, self._epochs_since = validation_loss, 0
            self._weights = {name: value.clone() for name, value in self._module.state_dict().items()}
        else:
            self._epochs_since += 1
        return self._patience is not None and self._epochs_since >= self._patience

    def restore(self) -> None:
        if self._weights is not None:
            self._module.load_state_dict(self._weights)


def _optimizer(settings: TorchForecaster, module: nn.Module) -> torch.optim.Optimizer:
    rate, decay = settings.learning_rate, settings.weight_decay
    parameters = list(module.parameters())
    # one pass over all weights; there is no such kernel for RMSprop, nor for Apple's GPUs
    fused = all(p.device.type in ("cpu", "cuda") for p in parameters)
    match settings.optimizer:
        case "adam":
            return torch.optim.Adam(parameters, rate, weight_decay=decay, fused=fused)
        case "adamw":
            return torch.optim.AdamW(parameters, rate, weight_decay=decay, fused=fused)
        case "sgd":
            return torch.optim.SGD(parameters, rate, weight_decay=decay, fused=fused)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, rate, weight_decay=decay)
