"""The forecaster `har`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator

from workbench import (
    DataError,
    FitContext,
    FittedForecaster,
    FloatArray,
    Forecaster,
    Target,
    Windows,
    describe_plugin,
    remake_plugin,
)
from workbench_baselines import _by_symbol, _series


@dataclass(frozen=True, eq=False)
class FittedHAR(FittedForecaster):
    """The average of the means, for every step.

    Parameters
    ----------
    target : Target
    lags : tuple of int
        Over how many of the last realised values each mean goes.
    """

    target: Target
    lags: tuple[int, ...]

    def predict(self, windows: Windows) -> FloatArray:
        """Return the same forecast for each bar ahead, in target units: shape (n, horizon)."""
        level = defined_means(windows, self.lags).mean(axis=1)  # (n,)
        return self.target.from_steps(np.repeat(level[:, None], windows.horizon, axis=1), windows.last_price)

    def save(self, folder: Path) -> None:
        """Write the target's description and the lags."""
        from workbench_baselines._files import write

        write(folder, target=describe_plugin(self.target), lags=list(self.lags))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from workbench_baselines._files import read

        target, lags = read(folder, "target", "lags")
        return cls(remake_plugin(target, Target), tuple(lags))


@dataclass(frozen=True, eq=False)
class FittedHARRegression(FittedForecaster):
    """A regression on the means, per symbol and step.

    Parameters
    ----------
    lags : tuple of int
        Over how many of the last realised values each mean goes.
    coefficients : mapping of str to ndarray of shape (1 + n_lags, horizon)
        Intercept and weights, by symbol.
    """

    lags: tuple[int, ...]
    coefficients: Mapping[str, FloatArray]

    def predict(self, windows: Windows) -> FloatArray:
        """Return the fitted forecast of each step, of shape (n, horizon)."""
        flat = {symbol: numbers.ravel() for symbol, numbers in self.coefficients.items()}
        numbers = _by_symbol.rows(flat, windows, "har").reshape(len(windows), 1 + len(self.lags), -1)
        regressors = defined_means(windows, self.lags)  # (n, n_lags)
        forecast: FloatArray = numbers[:, 0] + (regressors[:, :, None] * numbers[:, 1:]).sum(axis=1)
        return forecast

    def save(self, folder: Path) -> None:
        """Write the lags and the coefficients of each symbol."""
        from workbench_baselines._files import describe_numbers, write

        write(folder, lags=list(self.lags), coefficients=describe_numbers(self.coefficients))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from workbench_baselines._files import make_numbers, read

        lags, coefficients = read(folder, "lags", "coefficients")
        return cls(tuple(lags), make_numbers(coefficients))


def defined_means(windows: Windows, lags: tuple[int, ...]) -> FloatArray:
    """Return the means over the last realised values of each origin, of shape (n, n_lags).

    Raises
    ------
    DataError
        A symbol has no defined value up to one of its origins.
    """
    return _means(len(windows), _series.series_to_continue(windows, "har"), lags)


def _means(n: int, found: Iterable[_series.Series], lags: tuple[int, ...]) -> FloatArray:
    """Return means over defined values; where there are fewer than a lag asks for, over those, and NaN over none."""
    answer = np.full((n, len(lags)), np.nan)
    for series in found:
        defined = np.isfinite(series.values)
        values = series.values[defined]
        n_known = np.cumsum(defined)[series.rows]  # (m,)
        some = n_known > 0
        for j, lag in enumerate(lags):
            places = n_known[some, None] - 1 - np.arange(lag)  # (m, lag)
            there = places >= 0
            part = np.where(there, values[np.maximum(places, 0)], 0.0)
            answer[series.places[some], j] = part.sum(axis=1) / there.sum(axis=1)
    return answer


class HAR(Forecaster, name="har"):
    r"""Means over a day, a week and a month of what was realised: the usual rival for volatility.

    The heterogeneous autoregression of [1]_, which describes how slowly ranges and volatilities forget: with
    :math:`\bar x^{(l)}_t` the mean of the last :math:`l` realised values,

    .. math:: \hat y_{t,k} = c_k + \sum_l w_{l,k}\, \bar x^{(l)}_t

    Notes
    -----
    With `equal` weights, the default, nothing is estimated: the plain average of the means is the forecast of every
    bar ahead, and the target adds the bars up. With `fitted` ones :math:`c_k` and :math:`w_{l,k}` come from ordinary
    least squares over the training origins, per symbol and directly per step. A regression as in the paper costs
    estimation error, and a level that moves after the training block leaves its intercept behind, so the plain
    average is the harder rival on the ranges of most daily series; on returns it says nothing but "as of late".

    Values that are undefined are skipped: the means go over the last values that there are. For the target `price`
    the average of a month of prices lags behind the price and is no sensible forecast; ask for `fitted` weights or
    `lags` of one or two bars there, or better for returns.

    References
    ----------
    .. [1] Corsi (2009), "A Simple Approximate Long-Memory Model of Realized Volatility", *Journal of Financial
       Econometrics* 7(2), eq. 7.
    """

    uses_seed: ClassVar[bool] = False

    weights: Literal["equal", "fitted"] = Field(
        "equal", description="equal: the plain average of the means; fitted: least squares per step"
    )
    lags: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (1, 5, 22), min_length=1, description="values that each mean goes over, such as a day, a week and a month"
    )

    @field_validator("lags")
    @classmethod
    def _must_differ(cls, lags: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(lags)) < len(lags):
            raise ValueError("names a lag twice; give each once")
        return lags

    @property
    def rule_of_thumb(self) -> bool:  # type: ignore[override]  # a class that is a rule for some parameters only
        """Whether nothing is fitted."""
        return self.weights == "equal"

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedForecaster:
        """Take note of the target, or regress the targets of each symbol on the means at its origins.

        Raises
        ------
        DataError
            There are no training windows, the longest lag is longer than the history up to the last of them, a
            target is not finite, or equal weights are asked for where the target
            cannot add up forecasts of single bars.
        """
        _by_symbol.check_learnable(train, "har")
        self._check_history(train)
        if self.weights == "equal":
            _series.check_steps(context.target, context.horizon)
            return FittedHAR(context.target, self.lags)
        x = _means(len(train), _series.series_of(train), self.lags)
        return FittedHARRegression(
            self.lags, {s: _least_squares(x, train, s) for s in dict.fromkeys(map(str, train.symbols))}
        )

    def _check_history(self, train: Windows) -> None:
        for series in _series.series_of(train):
            n_bars = int(series.rows.max()) + 1
            if n_bars < max(self.lags):
                raise DataError(
                    f"'har' has a mean over {max(self.lags)} values in its `lags`, and the history of {series.symbol} "
                    f"has {n_bars} bars up to its last training origin. Load more history, or ask for shorter `lags`."
                )


def _least_squares(means: FloatArray, train: Windows, symbol: str) -> FloatArray:
    """Regress one symbol's targets on its means; return intercepts and weights, of shape (1 + n_lags, horizon).

    Means over nested lags are close to collinear on quiet series; of all solutions the smallest is taken.
    """
    from threadpoolctl import threadpool_limits

    mine = (train.symbols == symbol) & np.isfinite(means).all(axis=1)
    if not mine.any():
        raise DataError(f"'har' has no realised value of {symbol} to learn from; load more history.")
    x, y = means[mine], train.targets[mine]
    centre = x.mean(axis=0)
    with threadpool_limits(limits=1):  # their number decides the last bits
        weights = np.linalg.lstsq(x - centre, y - y.mean(axis=0), rcond=None)[0]  # (n_lags, horizon)
    intercept = y.mean(axis=0) - (centre[:, None] * weights).sum(axis=0)
    solution: FloatArray = np.vstack([intercept, weights])
    return solution
