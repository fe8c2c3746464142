"""Prophet as a forecaster: trend and season of the target, as functions of the date alone."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import Field
from workbench import DataError, FitContext, FittedForecaster, FloatArray, Forecaster, StoreError, Windows

if TYPE_CHECKING:
    import pandas as pd

FILE = "prophet.json"
SEED = 0  # of Stan's optimiser, which ends in the same place from any


@dataclass(frozen=True, eq=False)
class FittedProphet(FittedForecaster):
    """Per symbol one fitted Prophet for each step, as the JSON text that Prophet itself writes."""

    models: Mapping[str, tuple[str, ...]]

    def predict(self, windows: Windows) -> FloatArray:
        """Return forecasts of shape (n, horizon): for each origin, what the models say of its date."""
        forecast = np.empty((len(windows), windows.horizon))
        for symbol in dict.fromkeys(windows.symbols):
            if symbol not in self.models:
                raise DataError(f"'prophet' was fitted on {', '.join(self.models)} and knows nothing of {symbol}.")
            mine = windows.symbols == symbol
            for step, text in enumerate(self.models[symbol]):
                forecast[mine, step] = _evaluate(text, windows.origins[mine])
        return forecast

    def save(self, folder: Path) -> None:
        """Write the models as one JSON file."""
        (folder / FILE).write_text(json.dumps(dict(self.models)), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        try:
            content = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls({symbol: tuple(texts) for symbol, texts in content.items()})
        except (OSError, ValueError, AttributeError) as err:
            raise StoreError(f"{folder} holds no saved prophet ({type(err).__name__}: {err}).") from err


class Prophet(Forecaster, name="prophet"):
    """Prophet, fitted to the target by date: one model for each symbol and step.

    Notes
    -----
    For step `k` the model learns the target `k` bars ahead as a function of the origin's date, on the training origins
    alone, and carries trend and season on into the test block. Prices of the test block never reach it: a forecast
    depends on the date of its origin and on nothing else. It is not fitted again at every origin, which would take
    hundreds of fits; shorter test blocks (`test_size`) fit it more often.
    """

    uses_seed: ClassVar[bool] = False

    weekly: bool = Field(True, description="learn a season of the week")
    yearly: bool = Field(False, description="learn a season of the year; wants two years of training bars")
    flexibility: float = Field(0.05, gt=0, description="how readily the trend bends: Prophet's changepoint_prior_scale")

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedProphet:
        """Fit one Prophet for each symbol and step.

        Raises
        ------
        DataError
            A symbol has fewer than two training origins.
        """
        models = {}
        for symbol in context.symbols:
            mine = train.symbols == symbol
            if mine.sum() < 2:
                raise DataError(f"{self.label!r} needs at least 2 training origins of {symbol}, got {mine.sum()}.")
            series = [_series(train.origins[mine], train.targets[mine, step]) for step in range(context.horizon)]
            models[symbol] = tuple(self._fit(one) for one in series)
        return FittedProphet(models)

    def _fit(self, series: pd.DataFrame) -> str:
        with _quiet():
            from prophet import Prophet as Model
            from prophet.serialize import model_to_json

            model = Model(
                weekly_seasonality=self.weekly,
                yearly_seasonality=self.yearly,
                daily_seasonality=False,
                changepoint_prior_scale=self.flexibility,
                n_changepoints=min(25, len(series) // 4),
                uncertainty_samples=0,  # nothing is drawn at random
            )
            return str(model_to_json(model.fit(series, seed=SEED)))


def _evaluate(text: str, dates: Any) -> FloatArray:
    """Return a model's value at each date; Prophet itself gives them back in order of time."""
    days, place = np.unique(dates, return_inverse=True)
    with _quiet():
        forecast = _read(text).predict(_series(days))
    values: FloatArray = forecast["yhat"].to_numpy(dtype=np.float64)[place]
    return values


@lru_cache(maxsize=64)
def _read(text: str) -> Any:
    """Return the model that a text describes: reading it takes as long as forecasting, which leaves it as it is."""
    from prophet.serialize import model_from_json

    return model_from_json(text)


def _series(dates: Any, values: FloatArray | None = None) -> pd.DataFrame:
    """Return dates, and what was there, under the names that Prophet wants."""
    import pandas as pd

    columns = {"ds": pd.DatetimeIndex(dates)}
    return pd.DataFrame(columns if values is None else {**columns, "y": values})


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Prophet and Stan from printing, and from being tripped by deprecations in pandas that they cause."""
    loggers = [logging.getLogger(name) for name in ("prophet", "prophet.plot", "cmdstanpy")]
    before = [logger.disabled for logger in loggers]
    try:
        for logger in loggers:
            logger.disabled = True  # importing Stan's library sets the level of its logger
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled
