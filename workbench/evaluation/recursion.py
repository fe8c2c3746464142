"""Recursive forecasts of several bars: each bar is forecast from those before it, forecast ones included.

The other way, `direct`, fits a forecaster to all steps at once. Here every forecaster is fitted one step ahead, and the
workbench goes on from its forecasts: forecast, price, bar, features, next window. No forecaster has to know of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from workbench.contracts.arrays import FloatArray, IntArray
from workbench.contracts.calling import calling
from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.forecaster import FittedForecaster, Forecaster
from workbench.contracts.origin import described
from workbench.contracts.prediction import Prediction
from workbench.contracts.target import Target
from workbench.contracts.windows import Windows
from workbench.errors import ExperimentError, PluginError
from workbench.evaluation.paths import ForecastPaths
from workbench.evaluation.pipeline import FoldScalers, ask_forecast, forecast_block, forecast_prices
from workbench.evaluation.samples import Samples, make_windows

REBUILT = frozenset({"close"})
"""Columns that a forecast bar has."""


def check_recursive(
    target: Target, features: Iterable[tuple[str, Feature | PanelFeature]], contexts: Iterable[str], horizon: int
) -> None:
    """Refuse what cannot be forecast bar by bar.

    Parameters
    ----------
    target : Target
    features : iterable of (label, feature)
    contexts : iterable of str
        Names of the other series that forecasters would see.
    horizon : int

    Raises
    ------
    ExperimentError
        The target says nothing of price, or a feature reads more than the close of bars.
    DataError
        The target does not say how single bars add up.
    """
    with calling(target, "to_price"):
        price = target.to_price(np.zeros((1, 1)), np.ones(1))
    if price is None:
        raise _refused(f"the target {target.label!r} says nothing of price", 'Ask for `multi_step = "direct"`.')
    with calling(target, "from_steps"):
        target.from_steps(np.zeros((1, horizon)), np.ones(1))
    for label, feature in features:
        if (read := _reads_beside_closes(feature)) is not None:
            raise _refused(f"the feature {label!r} reads {read}")
    for name in contexts:
        raise _refused(f"the context {name!r} is another series, of which nothing is forecast")


def _refused(why: str, advice: str = 'Leave it out, or ask for `multi_step = "direct"`.') -> ExperimentError:
    return ExperimentError(
        f'`multi_step = "recursive"` goes on from bars that have a forecast close and nothing else, but {why}. {advice}'
    )


def _reads_beside_closes(feature: Feature | PanelFeature) -> str | None:
    """Say what a feature reads that a forecast bar does not have; None where there is nothing."""
    if isinstance(feature, PanelFeature):
        return "the bars of all symbols together"
    if not feature.inputs:
        return "the date of each bar, and nobody knows that of bars to come for sure"
    if feature.inputs is Feature.inputs:
        return "any column for all it says (it does not declare its `inputs`)"
    others = sorted(set(feature.inputs) - REBUILT)
    return ", ".join(f"`{column}`" for column in others) or None


def one_step(samples: Samples) -> Samples:
    """Return samples of the same rows with the first step as the only target."""
    cut = {symbol: replace(part, y=part.y[:, :1]) for symbol, part in samples.by_symbol.items()}
    return replace(samples, by_symbol=cut, horizon=1)


def forecast_origins(
    forecaster: Forecaster,
    fitted: FittedForecaster,
    samples: Samples,
    origins: Mapping[str, IntArray],
    scalers: FoldScalers,
    *,
    multi_step: str,
    features: Sequence[tuple[str, Feature | PanelFeature]],
    target: Target,
) -> tuple[Windows, Prediction]:
    """Forecast from origins of each symbol, `direct` or `recursive`, whichever the forecaster was fitted for.

    See `forecast_block` and `forecast_recursively`.
    """
    if multi_step == "direct":
        return forecast_block(forecaster, fitted, samples, origins, scalers)
    return forecast_recursively(forecaster, fitted, samples, origins, scalers, features=features, target=target)


def forecast_recursively(
    forecaster: Forecaster,
    fitted: FittedForecaster,
    samples: Samples,
    test: Mapping[str, IntArray],
    scalers: FoldScalers,
    *,
    features: Sequence[tuple[str, Feature | PanelFeature]],
    target: Target,
) -> tuple[Windows, Prediction]:
    """Forecast the test origins of one fold bar by bar, in the target's cumulative units.

    All origins are asked about at once, one call of `predict` per step.

    Parameters
    ----------
    forecaster : Forecaster
    fitted : FittedForecaster
        Fitted one step ahead.
    samples : Samples
        Of the whole horizon.
    test : mapping of str to ndarray of int
        Origins per symbol.
    scalers : FoldScalers
        Of a horizon of one step.
    features : sequence of (label, feature)
        Those that `samples` were computed with; see `check_recursive`.
    target : Target

    Returns
    -------
    windows : Windows
        The origins, as `forecast_block` returns them.
    prediction : Prediction
        Points only, unless the horizon is a single bar: how quantiles of single bars add up is not known.

    Raises
    ------
    DataError
        A path runs to where there is no price, or a feature is undefined.
    PluginError
        A plugin raised or broke its contract.
    """
    horizon = samples.horizon
    own = [(label, feature) for label, feature in features if isinstance(feature, Feature)]
    paths = ForecastPaths(one_step(samples), test, own, horizon)
    windows = make_windows(samples, test, with_targets=False)
    seen, prediction = ask_forecast(forecaster, fitted, paths.windows, scalers)
    if horizon == 1:
        return windows, prediction
    for _ in range(1, horizon):
        with np.errstate(over="ignore"):  # a forecast that runs away has no finite price, and `extend` says so
            prices = forecast_prices(target, prediction.point, seen.last_price)
        paths.extend(prediction.point[:, 0], prices[:, 0])
        seen, prediction = ask_forecast(forecaster, fitted, paths.windows, scalers)
    steps = np.column_stack([paths.steps, prediction.point[:, 0]])
    return windows, Prediction(_from_steps(target, steps, windows.last_price))


def _from_steps(target: Target, steps: FloatArray, last_price: FloatArray) -> FloatArray:
    with calling(target, "from_steps"):
        whole = np.array(target.from_steps(steps.copy(), last_price.copy()), dtype=np.float64)
    if whole.shape != steps.shape:
        raise PluginError(f"{described(target)} returned shape {whole.shape} from from_steps, expected {steps.shape}.")
    if not np.isfinite(whole).all():
        raise PluginError(f"{described(target)} returned values from from_steps that are not finite.")
    return whole
