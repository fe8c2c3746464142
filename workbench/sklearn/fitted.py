"""`FittedSklearnForecaster`: a fitted estimator that predicts from windows, and the conditions it runs under."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.contracts.forecaster import FittedForecaster
from workbench.contracts.prediction import Prediction
from workbench.contracts.windows import Windows
from workbench.errors import DataError, WorkbenchWarning
from workbench.sklearn import linear
from workbench.sklearn.linear import LinearEstimator, linear_part


@dataclass(frozen=True, eq=False)
class FittedSklearnForecaster(FittedForecaster):
    """A fitted estimator.

    A linear one is used, and saved, as its weights; any other is used as it is, and fitted again instead of saved.

    Parameters
    ----------
    label : str
        What the forecaster is called.
    estimator : regressor
        Fitted.
    lookback : int
    feature_names : tuple of str
        Of the windows it was fitted on.
    """

    label: str
    estimator: Any
    lookback: int
    feature_names: tuple[str, ...]

    def predict(self, windows: Windows) -> FloatArray:
        """Forecast from each window, shape (n, horizon).

        Raises
        ------
        DataError
            The windows are not of the features and the lookback that the estimator was fitted on.
        ValueError
            The estimator gave something else than one forecast per window and step.
        """
        self._check(windows)
        if not len(windows):
            return np.empty((0, windows.horizon))
        with running(self.label, n_threads=1):
            forecast = (self._linear or self.estimator).predict(flattened(windows))
        return Prediction.of(forecast, len(windows), windows.horizon).point

    @cached_property
    def _linear(self) -> LinearEstimator | None:
        return linear_part(self.estimator)

    def save(self, folder: Path) -> None:
        """Write the weights of a linear estimator as `model.safetensors`, and `config.json`.

        Raises
        ------
        NotSaveable
            The estimator is not linear, and scikit-learn writes others as pickles only.
        """
        linear.save(folder, self.label, self._linear or self.estimator, self.lookback, self.feature_names)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; scikit-learn is not needed for it.

        Raises
        ------
        StoreError
            The folder holds no such model, or its parts do not fit together.
        """
        return cls(*linear.load(folder))

    def _check(self, windows: Windows) -> None:
        if (windows.lookback, windows.feature_names) != (self.lookback, self.feature_names):
            raise DataError(
                f"{self.label} was fitted on lookback {self.lookback} and the features "
                f"{', '.join(self.feature_names)}, but the windows have lookback {windows.lookback} and the features "
                f"{', '.join(windows.feature_names)}."
            )


def flattened(windows: Windows) -> FloatArray:
    """Return one row per window, oldest bar first: shape (n, lookback * n_features), float64."""
    n_columns = windows.lookback * windows.n_features
    return windows.batch().reshape(len(windows), n_columns).astype(np.float64)


@contextmanager
def running(label: str, n_threads: int) -> Iterator[None]:
    """Run the body on `n_threads` threads of BLAS and OpenMP; what it warns of comes with `label`, each thing once.

    The number of threads decides the last bits of a sum, and a worker process has fewer than the driver.
    Deprecations are between libraries and are dropped.
    """
    from threadpoolctl import threadpool_limits

    with warnings.catch_warnings(record=True) as caught, threadpool_limits(limits=n_threads):
        warnings.simplefilter("always")
        yield
    said = [_sentence(item) for item in caught if issubclass(item.category, (UserWarning, RuntimeWarning))]
    for sentence in dict.fromkeys(said):
        warnings.warn(f"{label}: {sentence}", WorkbenchWarning, stacklevel=2)


def _sentence(warning: warnings.WarningMessage) -> str:
    """Return the first sentence; what follows often holds numbers that differ from fit to fit."""
    first = str(warning.message).strip().split("\n", 1)[0].split(". ", 1)[0].rstrip(".:")
    return f"{first} ({warning.category.__name__})."
