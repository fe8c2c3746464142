"""Fit, forecast and unscale: the path every forecaster's numbers take, ours and a stranger's alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import FloatArray, IntArray
from workbench.contracts.calling import calling
from workbench.contracts.forecaster import FitContext, FitJob, FittedForecaster, Forecaster
from workbench.contracts.origin import described
from workbench.contracts.prediction import Prediction
from workbench.contracts.target import Target
from workbench.contracts.windows import Windows
from workbench.errors import DataError, PluginError
from workbench.evaluation.folds import FoldRows
from workbench.evaluation.samples import Samples, make_windows
from workbench.evaluation.scaling import Scaler, fit_scaler

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FoldScalers:
    """Scalers of one fold, per symbol, for features and targets."""

    x: Mapping[str, Scaler]
    y: Mapping[str, Scaler]

    def scale(self, windows: Windows) -> Windows:
        """Return windows with scaled values and targets."""
        values = np.empty_like(windows.values)
        for symbol, rows in _symbol_rows(windows).items():
            values[rows] = self.x[symbol].transform(windows.values[rows].astype(np.float64))
        y = None if windows.y is None else self.scale_targets(windows.y, windows)
        return replace(windows, values=values, y=y)

    def scale_targets(self, y: FloatArray, windows: Windows) -> FloatArray:
        """Scale targets or forecasts of shape (n, horizon)."""
        return _by_symbol(y, windows, lambda s, part: self.y[s].transform(part))

    def unscale(self, prediction: Prediction, windows: Windows) -> Prediction:
        """Bring point and quantile forecasts back to target units."""

        def back(part: FloatArray) -> FloatArray:
            return _by_symbol(part, windows, lambda s, p: self.y[s].inverse_transform(p))

        if prediction.quantiles is None:
            return Prediction(back(prediction.point))
        parts = [back(prediction.quantiles[:, :, j]) for j in range(prediction.quantiles.shape[2])]
        return Prediction(back(prediction.point), prediction.levels, np.stack(parts, axis=2))


def _symbol_rows(windows: Windows) -> dict[str, slice]:
    starts = sorted(windows.first_rows.items(), key=lambda item: item[1])
    ends = [start for _, start in starts[1:]] + [len(windows.values)]
    return {symbol: slice(start, end) for (symbol, start), end in zip(starts, ends, strict=True)}


def _by_symbol(values: FloatArray, windows: Windows, change: Any) -> FloatArray:
    out = np.empty_like(values)
    for symbol in windows.first_rows:
        mine = windows.symbols == symbol
        if mine.any():
            out[mine] = change(symbol, values[mine])
    return out


def fit_scalers(spec: Any, samples: Samples, train: Mapping[str, IntArray]) -> FoldScalers:
    """Fit scalers on the rows that the training windows see, and on the training targets.

    Parameters
    ----------
    spec : Use or transformer
    samples : Samples
    train : mapping of str to ndarray of int
        Training origins per symbol. No later row is looked at.
    """
    x, y = {}, {}
    for symbol, rows in train.items():
        if len(rows):
            part = samples.by_symbol[symbol]
            seen = slice(max(int(rows[0]) - samples.lookback + 1, 0), int(rows[-1]) + 1)
            x[symbol] = fit_scaler(spec, part.values[seen].astype(np.float64))
            y[symbol] = fit_scaler(spec, part.y[rows])
    return FoldScalers(x, y)


def usable_rows(samples: Samples, rows: FoldRows, fold: int, set_aside: Mapping[str, float] | None = None) -> FoldRows:
    """Drop origins without a finite window or target, and symbols without any training origin.

    Parameters
    ----------
    samples : Samples
    rows : FoldRows
    fold : int
        Its number, for the error.
    set_aside : mapping of str to float, optional
        Settings that take origins from the training block, for the error.

    Raises
    ------
    DataError
        Nothing is left to train on, or to test.
    """
    train = samples.trainable(rows.train)
    known = {s for s, r in train.items() if len(r)}
    held, test, calibration = (
        {s: r if s in known else r[:0] for s, r in samples.trainable(part).items()}
        for part in (rows.validation, rows.test, rows.calibration)
    )
    for what, found in (("train on", train), ("test on", test)):
        if not any(len(r) for r in found.values()):
            raise DataError(f"fold {fold} has no origin to {what}: {_why_none(samples, set_aside or {})}")
    return FoldRows(train, held, test, calibration)


def _why_none(samples: Samples, set_aside: Mapping[str, float]) -> str:
    """Say what is most likely in the way: an undefined target, a feature that often is, or too short a series."""
    if not any(np.isfinite(part.y).any() for part in samples.by_symbol.values()):
        return (
            f"the target is undefined (NaN) in every row of {', '.join(map(repr, samples.by_symbol))}, as a range is "
            f"where bars hold one price. Choose another target, or load bars that have it."
        )
    undefined = samples.most_undefined()
    if undefined is not None:
        name, symbol, n_undefined, n_rows = undefined
        return (
            f"feature {name!r} is undefined (NaN) in {n_undefined} of the {n_rows} rows of {symbol!r}, and a forecast "
            f"needs {samples.lookback} defined rows without a gap (`lookback`). Leave the feature out, or mend it."
        )
    longest = max(len(part.close) for part in samples.by_symbol.values())
    taken = [f"`{name}` {value:g}" for name, value in set_aside.items() if value]
    also = f", and {', '.join(taken)} set aside more" if taken else ""
    less = "".join(f", less `{name}`" for name, value in set_aside.items() if value)
    return (
        f"`lookback` is {samples.lookback} and `horizon` {samples.horizon}, the longest series has {longest} "
        f"bars{also}. Load more history, or ask for a shorter lookback, fewer warm-up rows{less} or larger blocks."
    )


def make_job(
    key: str,
    forecaster: Forecaster,
    samples: Samples,
    rows: FoldRows,
    scalers: FoldScalers,
    symbols: tuple[str, ...],
    context: FitContext,
) -> FitJob:
    """Materialise one fit: its windows, scaled where the forecaster asks for it."""
    train = make_windows(samples, _of(rows.train, symbols), with_targets=True)
    held = _of(rows.validation, symbols)
    validation = make_windows(samples, held, with_targets=True) if any(map(len, held.values())) else None
    if forecaster.scaled:
        train = scalers.scale(train)
        validation = validation and scalers.scale(validation)
    return FitJob(key, forecaster, train, validation, context)


def _of(rows: Mapping[str, IntArray], symbols: tuple[str, ...]) -> dict[str, IntArray]:
    return {symbol: rows[symbol] for symbol in symbols if symbol in rows}


def forecast_block(
    forecaster: Forecaster,
    fitted: FittedForecaster,
    samples: Samples,
    test: Mapping[str, IntArray],
    scalers: FoldScalers,
) -> tuple[Windows, Prediction]:
    """Forecast the test origins of one fold, in target units.

    Raises
    ------
    PluginError
        The forecaster raised, or returned the wrong shape or values that are not finite.
    """
    return ask_forecast(forecaster, fitted, lambda: make_windows(samples, test, with_targets=False), scalers)


def ask_forecast(
    forecaster: Forecaster, fitted: FittedForecaster, make: Callable[[], Windows], scalers: FoldScalers
) -> tuple[Windows, Prediction]:
    """Ask for the forecasts of windows, which `make` makes anew each time, and bring them back to target units.

    Raises
    ------
    PluginError
        The forecaster raised, or returned the wrong shape or values that are not finite.
    """
    seen = make()
    with calling(forecaster, "predict", watched=False):
        answer = fitted.predict(scalers.scale(seen) if forecaster.scaled else seen)
    windows = make()  # whatever became of those that were handed out
    prediction = _checked(answer, forecaster, windows)
    return windows, scalers.unscale(prediction, windows) if forecaster.scaled else prediction


def _checked(answer: Any, forecaster: Forecaster, windows: Windows) -> Prediction:
    try:
        prediction = Prediction.of(answer, len(windows), windows.horizon)
    except (TypeError, ValueError) as err:
        raise PluginError(f"{described(forecaster)} returned no forecast from predict: {err}") from err
    if not np.isfinite(prediction.point).all():
        bad = int((~np.isfinite(prediction.point)).any(axis=1).sum())
        raise PluginError(f"{described(forecaster)} returned {bad} of {len(windows)} forecasts that are not finite.")
    if prediction.quantiles is not None and not np.isfinite(prediction.quantiles).all():
        raise PluginError(f"{described(forecaster)} returned quantiles that are not finite.")
    return prediction


def forecast_frame(
    windows: Windows, prediction: Prediction, samples: Samples, target: Target, scalers: FoldScalers
) -> pd.DataFrame:
    """Lay a block's forecasts out as rows of a forecast frame, beside what happened.

    Columns `actual`, `actual_price`, `forecast_scaled` and `actual_scaled` serve scoring and are never shown
    to a strategy. Where there are quantiles, `levels` and `quantiles` hold an array in each row, in target units;
    None where a forecast has none.

    Raises
    ------
    PluginError
        The target's prices do not have the shape of its forecasts.
    """
    import pandas as pd

    n, horizon = prediction.point.shape
    price = forecast_prices(target, prediction.point, windows.last_price)
    actual = actual_targets(windows, samples)
    ahead = np.arange(1, horizon + 1)
    columns: dict[str, Any] = {
        "symbol": np.repeat(windows.symbols, horizon),
        "origin": np.repeat(windows.origins, horizon),
        "step": np.tile(ahead, n),
        "target_time": _lookup(windows, samples, lambda part, rows: part.labels[rows[:, None] + ahead]).ravel(),
        "last_price": np.repeat(windows.last_price, horizon),
        "forecast": prediction.point.ravel(),
        "price": price.ravel(),
        "actual": actual.ravel(),
        "actual_price": _lookup(windows, samples, lambda part, rows: part.close[rows[:, None] + ahead]).ravel(),
        "forecast_scaled": scalers.scale_targets(prediction.point, windows).ravel(),
        "actual_scaled": scalers.scale_targets(actual, windows).ravel(),
    }
    columns["expected_return"] = expected_return(columns["price"], columns["last_price"])
    if prediction.quantiles is not None and prediction.levels is not None:
        quantiles = prediction.quantiles.reshape(n * horizon, -1)
        is_known = [bool(known) for known in np.isfinite(quantiles).all(axis=1).ravel()]
        columns["levels"] = [prediction.levels if known else None for known in is_known]
        columns["quantiles"] = [row if known else None for row, known in zip(quantiles, is_known, strict=True)]
    return pd.DataFrame(columns)


def actual_targets(windows: Windows, samples: Samples) -> FloatArray:
    """Return what became of each origin, of shape (n, horizon) in target units; NaN where it is not there yet."""
    found: FloatArray = _lookup(windows, samples, lambda part, rows: part.y[rows])
    return found


def forecast_prices(target: Target, point: FloatArray, last_price: FloatArray) -> FloatArray:
    """Turn forecasts of shape (n, horizon) into prices; NaN where the target says nothing of price.

    Raises
    ------
    PluginError
        The target raised, or its prices do not have the shape of its forecasts.
    """
    with calling(target, "to_price"):
        answer = target.to_price(point.copy(), last_price.copy())
        price = np.full(point.shape, np.nan) if answer is None else np.array(answer, dtype=np.float64)
    if price.shape != point.shape:
        raise PluginError(f"{described(target)} returned prices of shape {price.shape}, expected {point.shape}.")
    return price


def persistence_forecast(target: Target, windows: Windows) -> FloatArray:
    """Return what "tomorrow = today" means for a target, of shape (n, horizon).

    Raises
    ------
    PluginError
        The target raised, or returned the wrong shape or values that are not finite.
    """
    with calling(target, "persistence"):
        answer = np.array(target.persistence(windows), dtype=np.float64)
    expected = (len(windows), windows.horizon)
    if answer.shape != expected:
        raise PluginError(f"{described(target)} returned shape {answer.shape} from persistence, expected {expected}.")
    if not np.isfinite(answer).all():
        raise PluginError(f"{described(target)} returned values from persistence that are not finite.")
    return answer


def expected_return(price: FloatArray, last_price: FloatArray) -> FloatArray:
    """Return `price / last_price - 1`, NaN unless the last price is positive."""
    safe = np.where(last_price > 0, last_price, np.nan)
    return price / safe - 1.0


def _lookup(windows: Windows, samples: Samples, pick: Any) -> Any:
    """Collect something of each origin's own symbol, in the order of the windows."""
    rows = windows.ends - np.array([windows.first_rows[s] for s in windows.symbols], dtype=np.int64)
    out: Any = None
    for symbol in windows.first_rows:
        mine = np.flatnonzero(windows.symbols == symbol)
        part = pick(samples.by_symbol[symbol], rows[mine])
        if out is None:
            out = np.empty((len(windows), *part.shape[1:]), dtype=part.dtype)
        out[mine] = part
    return out
