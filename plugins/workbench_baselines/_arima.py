"""The forecaster `arima`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from workbench import FitContext, FloatArray, Forecaster, Windows
from workbench_baselines import _by_symbol, _series
from workbench_baselines._statespace import FittedSeries, SeriesModel

Count = Annotated[int, Field(ge=0)]

MOST_TERMS = 5
"""Autoregressive or moving-average terms that are tried unless told otherwise."""


@dataclass(frozen=True)
class ARIMAModel(SeriesModel):
    """An ARIMA model of one series.

    Parameters
    ----------
    order : tuple of int
        Autoregressive terms p, differences d, moving-average terms q.
    constant : bool
        Whether the differenced series has an intercept: a mean where d is 0, a drift where it is 1.
    params : tuple of float
        Intercept, autoregressive and moving-average weights, as statsmodels orders them.
    sigma2 : float
    """

    order: tuple[int, int, int]
    constant: bool
    params: tuple[float, ...]
    sigma2: float

    def over(self, values: FloatArray) -> Any:
        """Return the statsmodels model of a series, with these parameters and errors of variance 1."""
        model = sarimax(values, self.order, self.constant)
        model.ssm.filter_concentrated = False
        model.update(np.array(self.params), transformed=True)
        return model

    @classmethod
    def estimated(cls, values: FloatArray, order: tuple[int, int, int], constant: bool) -> Self:
        """Return the model of greatest likelihood."""
        from workbench_baselines._estimating import moves, unit
        from workbench_baselines._orders import differenced, starting_params

        changes = differenced(values, order[1])
        if not moves(changes):
            defined = changes[np.isfinite(changes)]
            level = [float(defined.mean()) if len(defined) else 0.0] if constant else []
            return cls(order, constant, (*level, *[0.0] * (order[0] + order[2])), 0.0)
        size = unit(changes)
        start = starting_params(changes / size, order, constant)
        model = sarimax(values / size, order, constant)
        if len(start):
            result = model.fit(start, disp=0, maxiter=200, cov_type="none")
        else:
            result = model.filter(start, cov_type="none")
        params = np.array(result.params, dtype=np.float64)
        params[: int(constant)] *= size
        return cls(order, constant, tuple(params.tolist()), float(result.scale) * size**2)

    def describe(self) -> dict[str, Any]:
        """Return everything about it, in a form that JSON takes."""
        return {
            "order": list(self.order),
            "constant": self.constant,
            "params": list(self.params),
            "sigma2": self.sigma2,
        }

    @classmethod
    def make(cls, description: Mapping[str, Any]) -> Self:
        """Make it from what `describe` gave."""
        p, d, q = description["order"]
        return cls((p, d, q), description["constant"], tuple(description["params"]), description["sigma2"])


class FittedARIMA(FittedSeries):
    """An ARIMA model of each symbol."""

    label: ClassVar[str] = "arima"
    model: ClassVar[type[SeriesModel]] = ARIMAModel


class ARIMA(Forecaster, name="arima"):
    r"""ARIMA, of the order that fits each training block best.

    The linear model of a single series: its last values and last errors, after differencing it `d` times. On daily
    returns it mostly finds nothing, which is worth knowing; on ranges and volatilities it is a hard rival.

    Notes
    -----
    Fitted to each symbol by itself, on the realised one-step series of the target over the training block, by exact
    maximum likelihood (statsmodels, `SARIMAX`). All origins of a block are forecast from one pass of its filter over
    the series; nothing is estimated again. Missing values are handled.

    Without an `order` it is chosen as in [1]_, on the training block alone: `d` by repeated tests for stationarity
    (KPSS [2]_, at 5 %); `p`, `q` and the constant by a stepwise search for the lowest AICc, in which each candidate's
    parameters are estimated by conditional least squares and judged by their exact likelihood. With two differences
    there is no constant. An order that is given has a constant unless it differences.

    It gives Gaussian quantiles (2.5, 10, 50, 90 and 97.5 %) where the target adds up steps; they leave out that order
    and parameters are estimates. Steps become the target's units as the target says.

    References
    ----------
    .. [1] Hyndman & Khandakar (2008), "Automatic Time Series Forecasting: The forecast Package for R", *Journal of
       Statistical Software* 27(3), sec. 3.
    .. [2] Kwiatkowski, Phillips, Schmidt & Shin (1992), *Journal of Econometrics* 54.
    """

    uses_seed: ClassVar[bool] = False

    order: tuple[Count, Count, Count] | None = Field(
        None, description="autoregressive terms, differences and moving-average terms; None chooses them"
    )
    constant: bool | None = Field(
        None, description="whether there is a mean or a drift; None: chosen with the order, else only where d is 0"
    )
    max_p: int = Field(MOST_TERMS, ge=0, description="most autoregressive terms of an order that is chosen")
    max_q: int = Field(MOST_TERMS, ge=0, description="most moving-average terms of an order that is chosen")

    @field_validator("order", mode="before")
    @classmethod
    def _must_be_three(cls, order: object) -> object:
        if order is not None and (not isinstance(order, (list, tuple)) or len(order) != 3):
            raise ValueError("expected three numbers p, d and q, such as [1, 0, 1]")
        return order

    @field_validator("max_p", "max_q")
    @classmethod
    def _must_be_a_choice(cls, most: int, info: ValidationInfo) -> int:
        if most != MOST_TERMS and info.data.get("order") is not None:
            raise ValueError("nothing is chosen where `order` is given; leave one of the two out")
        return most

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Return one that searches few orders."""
        return cls(max_p=1, max_q=1)

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedARIMA:
        """Choose the order of each symbol's series over the training block, and estimate its parameters.

        Raises
        ------
        DataError
            There are no training windows, or the target cannot add up forecasts of single bars.
        RunFailedError
            There is no estimate.
        """
        from workbench_baselines._estimating import estimating

        _by_symbol.check_learnable(train, "arima")
        _series.check_steps(context.target, context.horizon)
        with estimating(self.label):
            models = {s: self._model(values) for s, values in _series.training_values(train, "arima").items()}
        return FittedARIMA(context.target, models)

    def _model(self, values: FloatArray) -> ARIMAModel:
        from workbench_baselines._orders import choose_order

        if self.order is None:
            order, constant = choose_order(values, self.max_p, self.max_q, self.constant)
        else:
            order, constant = self.order, self.order[1] == 0 if self.constant is None else self.constant
        return ARIMAModel.estimated(values, order, constant)


def sarimax(values: FloatArray, order: tuple[int, int, int], constant: bool) -> Any:
    """Return the statsmodels model of a series, of which nothing is known before its first value."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    return SARIMAX(
        values,
        order=order,
        trend="c" if constant else "n",
        concentrate_scale=True,
        use_exact_diffuse=order[1] > 0,
    )
