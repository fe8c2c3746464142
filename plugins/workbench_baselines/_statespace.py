"""Forecasts from the filtered states of a linear state-space model, all origins of a series at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench import DataError, FittedForecaster, FloatArray, Prediction, Target, Windows
from workbench_baselines import _gaussian, _series

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    import numpy.typing as npt


class SeriesModel(ABC):
    """A model of one series whose parameters are known.

    Its values are in the units of the series, and `sigma2` is the variance of the one-step errors.
    """

    sigma2: float

    @abstractmethod
    def over(self, values: FloatArray) -> Any:
        """Return the statsmodels model of a series, with these parameters and errors of variance 1."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Return everything about it, in a form that JSON takes."""

    @classmethod
    @abstractmethod
    def make(cls, description: Mapping[str, Any]) -> Self:
        """Make it from what `describe` gave."""


@dataclass(frozen=True, eq=False)
class FittedSeries(FittedForecaster):
    """A model per symbol; it forecasts by filtering the series up to each origin.

    Parameters
    ----------
    target : Target
    models : mapping of str to SeriesModel
    """

    label: ClassVar[str]
    model: ClassVar[type[SeriesModel]]

    target: Target
    models: Mapping[str, SeriesModel]

    def predict(self, windows: Windows) -> Prediction:
        """Forecast from each origin, in target units: shape (n, horizon).

        A state at an origin is a function of the series up to there, so one pass of the filter gives the forecasts of
        all origins. Nothing is estimated again.

        Raises
        ------
        DataError
            A symbol was not there when the models were fitted.
        """
        n, horizon = len(windows), windows.horizon
        steps, covariance = np.empty((n, horizon)), np.empty((n, horizon, horizon))
        for series in _series.series_to_continue(windows, self.label):
            model = self._model_of(series.symbol)
            answer = filtered_forecasts(model.over(series.values), series.rows, horizon)
            steps[series.places] = answer[0]
            covariance[series.places] = answer[1] * model.sigma2
        return _gaussian.prediction(self.target, steps, covariance, windows.last_price)

    def _model_of(self, symbol: str) -> SeriesModel:
        if symbol not in self.models:
            raise DataError(
                f"{self.label!r} was fitted on {', '.join(self.models)} and knows nothing of {symbol}; fit it on every "
                f"symbol it is to forecast."
            )
        return self.models[symbol]

    def save(self, folder: Path) -> None:
        """Write the target's description and the model of each symbol."""
        from workbench import describe_plugin
        from workbench_baselines._files import write

        write(
            folder,
            target=describe_plugin(self.target),
            models={symbol: model.describe() for symbol, model in self.models.items()},
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from workbench import remake_plugin
        from workbench_baselines._files import read

        target, models = read(folder, "target", "models")
        return cls(remake_plugin(target, Target), {symbol: cls.model.make(text) for symbol, text in models.items()})


def filtered_forecasts(model: Any, rows: npt.NDArray[np.int64], horizon: int) -> tuple[FloatArray, FloatArray]:
    """Forecast the bars after some rows of a series.

    Parameters
    ----------
    model : statsmodels MLEModel
        Over the series, with its parameters in place; its system matrices do not change over time.
    rows : ndarray of shape (m,), int
        Origins.
    horizon : int

    Returns
    -------
    ndarray of shape (m, horizon)
        Mean of each bar ahead, given the series up to and including the origin.
    ndarray of shape (m, horizon, horizon)
        Covariance of the bars ahead, given the same.

    Notes
    -----
    With :math:`a, P` the predicted state and its covariance, :math:`y_k = Z a_k`, :math:`a_{k+1} = T a_k + c`,
    :math:`P_{k+1} = T P_k T' + R Q R'`, and the covariance of the steps `i` and `j`, not before `i`, is
    :math:`Z T^{j-i} P_i Z'`.
    """
    ssm = model.ssm
    result = ssm.filter()
    state = result.predicted_state[:, rows + 1].T[:, :, None]  # (m, k, 1)
    spread = np.moveaxis(result.predicted_state_cov[:, :, rows + 1], 2, 0)  # (m, k, k)
    design, offset = _constant(ssm["design"], 2), _constant(ssm["obs_intercept"], 1)
    transition, shift = _constant(ssm["transition"], 2), _constant(ssm["state_intercept"], 1)
    selection = _constant(ssm["selection"], 2)
    noise = selection @ _constant(ssm["state_cov"], 2) @ selection.T
    steps, covariance = np.empty((len(rows), horizon)), np.empty((len(rows), horizon, horizon))
    for i in range(horizon):
        steps[:, i] = (design @ state)[:, 0, 0] + offset[0]
        across = spread @ design.T  # (m, k, 1): covariance of the state with the observation of this bar
        for j in range(i, horizon):
            covariance[:, i, j] = covariance[:, j, i] = (design @ across)[:, 0, 0]
            across = transition @ across
        state = transition @ state + shift[:, None]
        spread = transition @ spread @ transition.T + noise
    return steps, covariance


def _constant(matrix: Any, ndim: int) -> FloatArray:
    """Return a system matrix without its time axis, along which nothing changes."""
    values: FloatArray = np.asarray(matrix, dtype=np.float64)
    return values if values.ndim == ndim else values[..., -1]
