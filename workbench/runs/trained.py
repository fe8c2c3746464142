"""`TrainedModel`: a fitted forecaster as the workbench keeps it, with all that a forecast needs beside bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from workbench import __version__
from workbench.contracts.arrays import Forecasts, IntArray
from workbench.contracts.forecaster import FittedForecaster, Forecaster
from workbench.contracts.panel import Panel
from workbench.data.upcoming import Upcoming
from workbench.errors import DataError, RequestError
from workbench.evaluation.conformal import Conformal
from workbench.evaluation.pipeline import FoldScalers, persistence_forecast
from workbench.evaluation.promised import promised_frame
from workbench.evaluation.recursion import forecast_origins
from workbench.evaluation.samples import Samples
from workbench.runs.inputs import ModelInputs
from workbench.runs.saving import write_files

Origins = Literal["newest", "all"]


@dataclass(frozen=True)
class Training:
    """What a model was trained on.

    Parameters
    ----------
    label : str
        What the forecaster is called in results.
    symbols : tuple of str
        Symbols it was trained on, and can forecast.
    seed : int
    fold : int or None
        Fold of the run whose training rows it saw; None where it was fitted on all bars there were.
    until : Timestamp
        When the last target it learnt or was validated on was known, UTC.
    first_bars : dict of str to str
        Label of the first bar of each symbol of the run: features begin there.
    data : tuple of dict
        Fingerprint of the bars it saw: `symbol`, `context` (the name of another series, or None) and `sha256`.
    run : str or None
        Run it belongs to.
    workbench : str
        Version of Workbench that trained it.
    """

    label: str
    symbols: tuple[str, ...]
    seed: int
    fold: int | None
    until: pd.Timestamp
    first_bars: dict[str, str]
    data: tuple[dict[str, Any], ...]
    run: str | None = None
    workbench: str = __version__


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A fitted forecaster that can be asked for forecasts, on this machine or another.

    It needs neither the training data nor the store. Come by one with `Run.model` or `load_model`.

    Parameters
    ----------
    training : Training
        What it was trained on, and when.
    inputs : ModelInputs
        What it is shown: features, target, lookback, horizon.
    forecaster : Forecaster
        What was fitted.
    fitted : FittedForecaster
    scalers : FoldScalers or None
        Fitted with it, per symbol; None where the forecaster sees unscaled numbers.
    multi_step : str
        How steps beyond the first come about.
    conformal : Conformal or None
        Radii of the intervals around its forecasts, where they were calibrated.
    files : mapping of str to bytes
        What the fitted forecaster saved, where that is known already.
    """

    training: Training
    inputs: ModelInputs
    forecaster: Forecaster
    fitted: FittedForecaster
    scalers: FoldScalers | None
    multi_step: str = "direct"
    conformal: Conformal | None = None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        told = self.training
        where = "all bars there were" if told.fold is None else f"fold {told.fold}"
        return (
            f"<TrainedModel {told.label!r} of {', '.join(told.symbols)}, seed {told.seed}, {where}, "
            f"trained until {told.until}>"
        )

    @property
    def label(self) -> str:
        """What the forecaster is called in results."""
        return self.training.label

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols it can forecast."""
        return self.training.symbols

    @property
    def trained_until(self) -> pd.Timestamp:
        """When the last target it learnt from was known, UTC."""
        return self.training.until

    def predict(
        self,
        bars: Panel | pd.DataFrame | Mapping[str, pd.DataFrame],
        context: Mapping[str, pd.DataFrame] | None = None,
        *,
        origins: Origins = "newest",
    ) -> Forecasts:
        """Forecast from bars, the same numbers that a run gives at the same origin.

        Parameters
        ----------
        bars : Panel, DataFrame, or mapping of str to DataFrame
            A panel, such as `run.panel`, is taken as it is. Frames are read as those of the run were: tidied, dated
            by its calendar, adjusted and filled. Begin them where the run's began (`training.first_bars`):
            features that remember everything, such as an exponential average, depend on it.
        context : mapping of str to DataFrame, optional
            Bars of the other series that the model sees, by name.
        origins : {"newest", "all"}
            Forecast from the newest bar of each symbol, or from each bar that has a full window.

        Returns
        -------
        DataFrame
            A forecast frame: model, symbol, seed, fold, origin, step, target_time, last_price, forecast, price,
            expected_return and, where the model has them, levels and quantiles. Bars that are not there yet
            are named by the calendar of the model, one that is found on the bars, or a plain rule.

        Raises
        ------
        DataError
            A symbol is missing, or its newest bar has no full window of defined features.
        """
        panel = self.inputs.panel(bars, self.symbols)
        samples = self.inputs.samples(panel, self.inputs.context_bars(context))
        rows = origins_of(samples, self.symbols, origins)
        return self.forecast(samples, rows, self.inputs.upcoming(samples, [*rows]))

    def forecast(self, samples: Samples, origins: Mapping[str, IntArray], ahead: Mapping[str, Upcoming]) -> Forecasts:
        """Forecast from rows of samples that `inputs` made; `ahead` names the bars after each symbol's last."""
        rows = {s: origins[s] for s in self.symbols if s in origins and len(origins[s])}
        if not rows:
            raise DataError(f"{self.label!r} forecasts {', '.join(self.symbols)}, and there are no origins of those.")
        scalers = self.scalers or FoldScalers({}, {})
        windows, prediction = forecast_origins(
            self.forecaster,
            self.fitted,
            samples,
            rows,
            scalers,
            multi_step=self.multi_step,
            features=self.inputs.features,
            target=self.inputs.target,
        )
        if self.conformal is not None:
            prediction = self.conformal.around(prediction, windows.symbols)
        target_times = np.concatenate([_ahead(samples, s, mine, ahead[s]) for s, mine in rows.items()])
        frame = promised_frame(windows, prediction, self.inputs.target, target_times)
        persistence = persistence_forecast(self.inputs.target, windows)
        told = self.training
        placed = frame.assign(
            model=told.label,
            seed=pd.array([told.seed] * len(frame), dtype="Int64"),
            fold=pd.array([told.fold] * len(frame), dtype="Int64"),
            persistence=persistence.ravel(),
        )
        first = ["model", "symbol", "seed", "fold"]
        return placed[[*first, *(c for c in placed.columns if c not in first)]]

    # Files

    def save(self, folder: str | Path) -> Path:
        """Write the model into a folder, as JSON and the files of its forecaster; never a pickle.

        `load_model` reads it, on any machine with the same plugins, and its forecasts are the same to the last bit.

        Parameters
        ----------
        folder : str or Path
            Made if it is not there; must be empty.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        NotSaveable
            The forecaster does not offer `save`, or a part cannot be told in plain values.
        RequestError
            There is something in the folder.
        """
        files = self.to_files()
        path = Path(folder).expanduser()
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RequestError(f"{path} is not an empty folder; choose another, so that nothing of it is overwritten.")
        path.mkdir(parents=True, exist_ok=True)
        write_files(path, files)
        return path

    def to_files(self) -> dict[str, bytes]:
        """Return the files that `save` writes, by relative name.

        Raises
        ------
        NotSaveable
            See `save`.
        """
        from workbench.runs.model_files import model_files

        return model_files(self)


def origins_of(samples: Samples, symbols: Sequence[str], origins: Origins) -> dict[str, IntArray]:
    """Find the rows to forecast from: those with a full window of defined features.

    Raises
    ------
    DataError
        There are no bars of a symbol, or no row of any can be forecast from.
    """
    if origins not in ("newest", "all"):
        raise RequestError(f"`origins` is {origins!r}; expected 'newest' or 'all'.")
    absent = [symbol for symbol in symbols if symbol not in samples.by_symbol]
    if len(absent) == len(symbols):
        raise DataError(
            f"the model forecasts {', '.join(symbols)}, but the bars are of {', '.join(samples.by_symbol)}."
        )
    found = {}
    for symbol in symbols:
        if symbol in samples.by_symbol:
            rows = np.flatnonzero(samples.by_symbol[symbol].usable(samples.lookback))
            last = len(samples.by_symbol[symbol].close) - 1
            found[symbol] = rows if origins == "all" else rows[rows == last]
    if not any(map(len, found.values())):
        n_bars = max(len(part.close) for part in samples.by_symbol.values())
        raise DataError(
            f"no bar can be forecast from: a forecast needs {samples.lookback} rows of defined features up to it, and "
            f"there are {n_bars} bars. Load more history, or mend what is missing at the end."
        )
    return found


def _ahead(samples: Samples, symbol: str, rows: IntArray, after: Upcoming) -> Any:
    """Labels of the bars after each origin, of shape (n, horizon): those that are there, then those to come."""
    there = pd.DatetimeIndex(samples.by_symbol[symbol].labels).as_unit("ns")
    labels = there.append(after.labels.as_unit("ns")).to_numpy()
    return labels[rows[:, None] + np.arange(1, samples.horizon + 1)]
