"""`TorchForecaster`: give it a module, and it is a forecaster."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo

from workbench.contracts.forecaster import FitContext, Forecaster
from workbench.contracts.windows import Windows
from workbench.errors import PluginError
from workbench.torch.fitted import FittedTorchForecaster, Inputs
from workbench.torch.outputs import DEFAULT_LEVELS, check_levels

if TYPE_CHECKING:
    from torch import nn

_T = TypeVar("_T")

_FALL_EVERY, _FALL_BY = 10, 0.1


def _read_by_the_loss(levels: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
    loss = info.data.get("loss", "quantile")
    if loss not in ("quantile", "gaussian") and levels != DEFAULT_LEVELS:
        raise ValueError(f'`loss = "{loss}"` forecasts no quantiles; leave it out, or choose `quantile` or `gaussian`')
    return levels


def _read_by_the_schedule(value: _T, info: ValidationInfo) -> _T:
    schedule = info.data.get("schedule", "step")
    if schedule not in ("step", "plateau") and value != (
        _FALL_EVERY if info.field_name == "schedule_epochs" else _FALL_BY
    ):
        raise ValueError(f'`schedule = "{schedule}"` does not read it; leave it out, or choose `step` or `plateau`')
    return value


class TorchForecaster(Forecaster):
    """Base of forecasters that are PyTorch modules.

    A subclass declares its parameters and gives `build`. Training, seeds, devices, early stopping, the
    learning curve, saving and loading are here.

    Notes
    -----
    Features and targets arrive scaled, and float32. All steps of the horizon are forecast at once.

    The module has one output per step, or several where the loss needs them: `build` is asked for `horizon` times as
    many, and they are read as an array of shape (B, horizon, k). With `loss = "quantile"` these are the quantiles at
    `levels`, trained by the pinball loss and sorted when forecasting; the point forecast is the median. With
    `loss = "gaussian"` they are a mean and a spread, trained by the likelihood; the point forecast is the mean, and
    quantiles at `levels` are those of the normal distribution.

    `plateau` lowers the learning rate when the validation loss, or the training loss where there is no validation
    block, has found no new low for `schedule_epochs` epochs.

    With `members` above one, the first network has the seed of the run, the others have seeds drawn from it, and each
    is trained as it would be alone. Point forecasts are averaged, and so are quantiles, level by level. The learning
    curve reports means over members, and the validation forecast of the whole; a member that has stopped early
    stands with its last epoch.

    Wherever there is a validation block, the weights of the epoch with the lowest validation loss are kept,
    with or without `patience`; without one, those of the last epoch.

    On the CPU a fit depends on its windows, parameters, seed and number of threads only, to the last bit,
    whatever ran before it. Initial weights and the order of the batches are the same on every device; sums
    on a GPU may differ in their last digits from one run to the next.

    Examples
    --------
    >>> class Linear(TorchForecaster, name="linear_window"):
    ...     '''One linear map from the window to the horizon.'''
    ...
    ...     def build(self, n_features, horizon):
    ...         from torch import nn
    ...
    ...         return nn.Sequential(nn.Flatten(), nn.LazyLinear(horizon))
    """

    scaled: ClassVar[bool] = True

    epochs: int = Field(20, ge=1, description="passes over the training windows, at most")
    batch_size: int = Field(32, ge=1, description="windows per step of the optimizer")
    learning_rate: float = Field(1e-3, gt=0, description="step size of the optimizer")
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = Field("adam", description="how weights are updated")
    schedule: Literal["constant", "cosine", "step", "plateau"] = Field(
        "constant", description="how the learning rate falls from epoch to epoch"
    )
    schedule_epochs: Annotated[int, AfterValidator(_read_by_the_schedule)] = Field(
        _FALL_EVERY, ge=1, description="epochs from fall to fall (step), or without a lower loss before one (plateau)"
    )
    schedule_factor: Annotated[float, AfterValidator(_read_by_the_schedule)] = Field(
        _FALL_BY, gt=0, lt=1, description="what the learning rate is multiplied by then (step, plateau)"
    )
    loss: Literal["mse", "mae", "huber", "quantile", "gaussian"] = Field(
        "mse", description="what training minimises; quantile and gaussian forecast intervals too"
    )
    levels: Annotated[tuple[float, ...], AfterValidator(check_levels), AfterValidator(_read_by_the_loss)] = Field(
        DEFAULT_LEVELS, description="levels of the quantiles that are forecast, 0.5 among them (quantile, gaussian)"
    )
    patience: int | None = Field(
        None,
        ge=1,
        description="stop after this many epochs without a lower validation loss; None never stops",
    )
    gradient_clip: float | None = Field(None, gt=0, description="largest norm of the gradient; None does not clip")
    weight_decay: float = Field(0.0, ge=0, description="pull of the weights toward zero, as the optimizer defines it")
    shuffle: bool = Field(True, description="draw the windows in a new order each epoch")
    members: int = Field(1, ge=1, description="networks, trained from seeds of their own, whose forecasts are averaged")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="where to train; auto: CUDA if there is one"
    )
    scope: Literal["local", "global"] = Field("local", description="one model per symbol, or one for all symbols")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Return a forecaster of two epochs; override it where a parameter is required or the module is large."""
        return cls(epochs=2)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        taken = list(inspect.signature(cls.build).parameters)[1:]
        if len(taken) not in (2, 3) or (len(taken) == 3 and taken[2] != "lookback"):
            raise PluginError(
                f"{cls.__name__}.build takes ({', '.join(taken)}); expected (n_features, horizon), or "
                f"(n_features, horizon, lookback) where the size of the module depends on the lookback."
            )

    @abstractmethod
    def build(self, n_features: int, horizon: int) -> nn.Module:
        """Return a new module, with its initial weights.

        Called with torch's random generator seeded, on the CPU. Import torch here, not at module level.

        Parameters
        ----------
        n_features : int
            Columns of a window.
        horizon : int
            Outputs of the module: steps to forecast, times the numbers per step that the loss needs.
        lookback : int, optional
            Rows of a window. It is given to a `build` that declares it as a further parameter,
            `def build(self, n_features, horizon, lookback)`, for modules whose size depends on it.

        Returns
        -------
        Module
            Maps windows of shape (B, lookback, n_features), float32, to forecasts of shape (B, horizon).
            A row of the result may depend on the same row of the windows only.
        """

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedTorchForecaster:
        """Train a new module; the forecaster itself stays unchanged.

        Torch keeps its random state and its number of threads per process, so fits in threads of one
        process take turns; use processes to train several at once.

        Raises
        ------
        DataError
            There are no training windows, or some hold values that are not finite.
        RequestError
            The device is not there.
        RunFailedError
            The loss became infinite or undefined.
        PluginError
            The module does not return one forecast per window and step, or as many numbers as the loss needs.
        """
        from workbench.torch.training import train_modules

        inputs = Inputs(train.n_features, context.horizon, train.lookback, train.feature_names)
        modules = train_modules(self, inputs, train, validation, context)
        return FittedTorchForecaster(self, inputs, *modules)
