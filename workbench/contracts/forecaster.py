"""`Forecaster`, `FittedForecaster` and what passes between them and the workbench."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar

from workbench.contracts.arrays import FloatArray
from workbench.contracts.calling import calling
from workbench.contracts.plugin import Plugin
from workbench.contracts.prediction import Prediction
from workbench.contracts.target import Target
from workbench.contracts.windows import Windows
from workbench.errors import NotSaveable, WorkbenchError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Report(Protocol):
    """Takes the learning curve, epoch by epoch."""

    def __call__(
        self,
        epoch: int,
        train_loss: float,
        validation_loss: float | None = None,
        validation_forecast: FloatArray | None = None,
    ) -> None:
        """Record one epoch.

        Parameters
        ----------
        epoch : int
            Counted from 1.
        train_loss, validation_loss : float
            In the units of the loss; None where there is no validation block.
        validation_forecast : ndarray of shape (n_validation, horizon), optional
            Forecast of the validation origins, in the units of `y` as handed to `fit`. The workbench turns
            it into RMSE and hit rate in target units.

        Raises
        ------
        FitStopped
            A search has seen enough of this setting. Let it through: nothing has to be returned.
        """


def _ignore(
    epoch: int,
    train_loss: float,
    validation_loss: float | None = None,
    validation_forecast: FloatArray | None = None,
) -> None:
    """Take a learning curve nobody asked for."""


@dataclass(frozen=True)
class FitContext:
    """What a forecaster may know beside its windows.

    Parameters
    ----------
    seed : int
        The only source of randomness a forecaster may use.
    target : Target
        What is forecast.
    horizon : int
        Steps ahead.
    feature_names : tuple of str
    symbols : tuple of str
        Symbols in the windows.
    device : str
        `cpu`, `cuda` or `mps`.
    n_threads : int
        Threads a fit may use.
    report : callable
        Takes the learning curve; see `Report`.
    """

    seed: int
    target: Target
    horizon: int
    feature_names: tuple[str, ...]
    symbols: tuple[str, ...]
    device: str = "cpu"
    n_threads: int = 1
    report: Report = _ignore


class FittedForecaster(ABC):
    """A forecaster after `fit`; the forecaster itself stays unchanged."""

    @abstractmethod
    def predict(self, windows: Windows) -> Prediction | FloatArray:
        """Forecast from each window.

        Parameters
        ----------
        windows : Windows
            Of n origins, with `y` None.

        Returns
        -------
        Prediction or ndarray of shape (n, horizon)
            In the units of the `y` that `fit` was given. The forecast of an origin may depend on nothing
            after that origin, nor on the other origins of the block.
        """

    def save(self, folder: Path) -> None:
        """Write what `load` needs into an existing, empty folder; never a pickle.

        Raises
        ------
        NotSaveable
            The default: the workbench then refits from the stored bars.
        """
        raise NotSaveable(f"{type(self).__name__} does not offer `save`.")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        raise NotSaveable(f"{cls.__name__} does not offer `load`.")


@dataclass(frozen=True)
class FitJob:
    """One fit with its data at hand: a `FitTask` of the plan, materialised."""

    key: str
    forecaster: Forecaster
    train: Windows
    validation: Windows | None
    context: FitContext


@dataclass(frozen=True)
class FitFailure:
    """Why a fit gave no forecaster."""

    error: str
    traceback: str = ""


class Executor(Protocol):
    """Runs independent pieces of work on one or many workers."""

    def map_unordered(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield `function(item)` for each item, in the order in which they finish."""
        ...


class Forecaster(Plugin):
    """Learns to forecast a target from windows of features."""

    kind: ClassVar[str] = "forecaster"
    scaled: ClassVar[bool] = False
    """Whether the workbench hands over scaled features and targets, and inverts the forecasts."""
    rule_of_thumb: ClassVar[bool] = False
    """Whether it is a fixed rule, such as drift: no trial is counted for one among the baselines."""
    uses_seed: ClassVar[bool] = True
    """Whether the seed changes the result; if not, one fit serves all seeds."""

    @abstractmethod
    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedForecaster:
        """Learn from the training windows.

        Parameters
        ----------
        train : Windows
            Training origins with `y`; no array in it reaches past the last training row.
        validation : Windows or None
            Later training origins set aside, for early stopping.
        context : FitContext
        """

    @classmethod
    def fit_many(
        cls, tasks: Iterable[FitJob], executor: Executor
    ) -> Iterator[tuple[str, FittedForecaster | FitFailure]]:
        """Fit all jobs of a run, yielding (key, result) in the order in which they finish.

        The default calls `fit` for each through the executor. A forecaster that can train many at once
        overrides it, and must give the numbers that `fit` gives.
        """
        reports: dict[str, Report] = {}

        def started() -> Iterator[FitJob]:
            for job in tasks:
                reports[job.key] = job.context.report
                yield replace(job, context=replace(job.context, report=_ignore))

        for key, fitted, curve in executor.map_unordered(_fit_one, started()):
            for epoch in curve:
                reports[key](**epoch)
            yield key, fitted


@dataclass
class _Recorder:
    """Keeps a learning curve in the worker, to be reported by the driver."""

    epochs: list[dict[str, Any]] = field(default_factory=list)

    def __call__(
        self,
        epoch: int,
        train_loss: float,
        validation_loss: float | None = None,
        validation_forecast: FloatArray | None = None,
    ) -> None:
        self.epochs.append(
            {
                "epoch": epoch,
                "train_loss": train_loss,
                "validation_loss": validation_loss,
                "validation_forecast": validation_forecast,
            }
        )


def _fit_one(job: FitJob) -> tuple[str, FittedForecaster | FitFailure, list[dict[str, Any]]]:
    import traceback

    recorder = _Recorder()
    context = replace(job.context, report=recorder)
    try:
        with calling(job.forecaster, "fit", watched=False):
            fitted: FittedForecaster | FitFailure = job.forecaster.fit(job.train, job.validation, context)
    except WorkbenchError as err:
        fitted = FitFailure(str(err), traceback.format_exc())
    return job.key, fitted, recorder.epochs
