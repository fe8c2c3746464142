"""The forecaster `ets`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from workbench import DataError, FitContext, FloatArray, Forecaster, Windows
from workbench_baselines import _by_symbol, _series
from workbench_baselines._statespace import FittedSeries, SeriesModel


@dataclass(frozen=True)
class ETSModel(SeriesModel):
    """Exponential smoothing of one series.

    Parameters
    ----------
    trend, damped : bool
    period : int or None
    params : tuple of float
        As statsmodels orders them: smoothing of the level, of the trend, of the season, and the damping.
    sigma2 : float
    """

    trend: bool
    damped: bool
    period: int | None
    params: tuple[float, ...]
    sigma2: float

    def over(self, values: FloatArray) -> Any:
        """Return the statsmodels model of a series, with these parameters and errors of variance 1."""
        model = _diffuse()(values, **self._kind())
        model.ssm.filter_concentrated = False
        model.update(np.array(self.params))
        return model

    def estimated(self, values: FloatArray) -> ETSModel:
        """Return this kind of model with the parameters of greatest likelihood."""
        from workbench_baselines._estimating import moves, unit

        size = unit(values)
        model = _diffuse()(values / size, **self._kind())
        if not moves(values):
            return ETSModel(self.trend, self.damped, self.period, tuple(model.start_params.tolist()), 0.0)
        result = model.fit(disp=0, cov_type="none")
        params = tuple(np.asarray(result.params).tolist())
        return ETSModel(self.trend, self.damped, self.period, params, float(result.scale) * size**2)

    def _kind(self) -> dict[str, Any]:
        return {"trend": self.trend, "damped_trend": self.damped, "seasonal": self.period}

    def describe(self) -> dict[str, Any]:
        """Return everything about it, in a form that JSON takes."""
        return {
            "trend": self.trend,
            "damped": self.damped,
            "period": self.period,
            "params": list(self.params),
            "sigma2": self.sigma2,
        }

    @classmethod
    def make(cls, description: Mapping[str, Any]) -> Self:
        """Make it from what `describe` gave."""
        return cls(**{**description, "params": tuple(description["params"])})


class FittedETS(FittedSeries):
    """Exponential smoothing of each symbol, filtered forward from the start of its history."""

    label: ClassVar[str] = "ets"
    model: ClassVar[type[SeriesModel]] = ETSModel


class ETS(Forecaster, name="ets"):
    r"""Exponential smoothing: a level that forgets, with a trend or a season where asked for.

    Without either it is simple exponential smoothing, a moving level. Every new value moves the level by a share of
    the error; that share is estimated. The right rival where a series wanders slowly under noise, such as ranges and
    volatilities; on prices it learns to repeat the last one, which is persistence.

    Notes
    -----
    Additive errors, trend and season: ETS(A,N,N) by default, ETS(A,A,N) and ETS(A,Ad,N) with a `trend` and a `damped`
    one, ETS(A,.,A) with a `period` [1]_. Fitted to each symbol by itself, on the realised one-step series of the target
    over the training block, by maximum likelihood (statsmodels, `statespace.ExponentialSmoothing`). Then the series is
    filtered forward through the test origins, and nothing is estimated again. Missing values are handled.

    The first level, trend and season are not estimated but diffuse: nothing is known of them before the first value.
    So the forecasts do not hang on where a history begins, and without a season or damping the models are exactly the
    ARIMA(0,1,1) and ARIMA(0,2,2) that they are known to be equivalent to [2]_.

    It gives Gaussian quantiles (2.5, 10, 50, 90 and 97.5 %) where the target adds up steps; they leave out that the
    parameters are estimates. Steps become the target's units as the target says.

    References
    ----------
    .. [1] Hyndman, Koehler, Ord & Snyder (2008), *Forecasting with Exponential Smoothing*, ch. 2.
    .. [2] The same, sec. 11.1.
    """

    uses_seed: ClassVar[bool] = False

    trend: bool = Field(False, description="whether the level has a slope")
    damped: bool = Field(False, description="whether the slope levels off; needs `trend`")
    period: int | None = Field(None, ge=2, description="bars of a season; None for no season")

    @field_validator("damped")
    @classmethod
    def _must_have_a_trend(cls, damped: bool, info: ValidationInfo) -> bool:
        if damped and not info.data.get("trend"):
            raise ValueError("there is no trend to damp, add `trend = true`")
        return damped

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedETS:
        """Estimate the smoothing of each symbol's series over the training block.

        Raises
        ------
        DataError
            There are no training windows, fewer than two seasons, or the target cannot add up forecasts of single
            bars.
        RunFailedError
            There is no estimate.
        """
        from workbench_baselines._estimating import estimating

        _by_symbol.check_learnable(train, "ets")
        _series.check_steps(context.target, context.horizon)
        kind = ETSModel(self.trend, self.damped, self.period, (), 0.0)
        series = _series.training_values(train, "ets")
        self._check_seasons(series)
        with estimating(self.label):
            models = {s: kind.estimated(values) for s, values in series.items()}
        return FittedETS(context.target, models)

    def _check_seasons(self, series: Mapping[str, FloatArray]) -> None:
        for symbol, values in series.items():
            if self.period is not None and len(values) < 2 * self.period:
                raise DataError(
                    f"'ets' with a season of {self.period} bars needs two whole seasons to learn from, and the "
                    f"training block of {symbol} has {len(values)} bars. Load more history, ask for a shorter "
                    f"`period`, or make the test block smaller."
                )


@cache
def _diffuse() -> type[Any]:
    """Return statsmodels' exponential smoothing with a diffuse first state; made when it is first needed."""
    from statsmodels.tsa.statespace.exponential_smoothing import ExponentialSmoothing
    from statsmodels.tsa.statespace.initialization import Initialization

    class DiffuseSmoothing(ExponentialSmoothing):  # type: ignore[misc]  # statsmodels has no types
        """Level, trend and season start anywhere. One season starts at zero: the level takes it up."""

        def __init__(self, values: FloatArray, trend: bool, damped_trend: bool, seasonal: int | None) -> None:
            start: dict[str, Any] = {"initial_level": 0.0}
            if trend:
                start["initial_trend"] = 0.0
            if seasonal:
                start["initial_seasonal"] = np.zeros(seasonal)
            super().__init__(
                values,
                trend=trend,
                damped_trend=damped_trend,
                seasonal=seasonal,
                initialization_method="known",
                concentrate_scale=True,
                **start,
            )

        def update(self, params: Any, *args: Any, **kwargs: Any) -> None:
            super().update(params, *args, **kwargs)
            share = float(np.real(self.ssm["selection", 0, 0]))  # of the first error that the level does not take up
            first = Initialization(self.k_states)
            first.set((0, 1), "known", constant=np.zeros(1), stationary_cov=np.array([[share**2]]))
            known = 1 if self.seasonal else 0
            first.set((1, self.k_states - known), "diffuse")
            if known:
                end = (self.k_states - 1, self.k_states)
                first.set(end, "known", constant=np.zeros(1), stationary_cov=np.zeros((1, 1)))
            self.ssm.initialization = first

    return DiffuseSmoothing
