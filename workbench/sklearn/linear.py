"""Linear estimators, taken for what they are: an intercept and a weight per column and step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.errors import NotSaveable, StoreError

FORMAT = 1
_WEIGHTS, _CONFIG = "model.safetensors", "config.json"
_AGREEMENT = 1e-8


@dataclass(frozen=True, eq=False)
class LinearEstimator:
    """What is left of a linear estimator once it is fitted.

    Parameters
    ----------
    coef : ndarray of shape (n_columns, horizon)
        C-contiguous, so that sums are taken in the same order wherever it is used.
    intercept : ndarray of shape (horizon,)
    """

    coef: FloatArray
    intercept: FloatArray

    def predict(self, x: FloatArray) -> FloatArray:
        """Return `x @ coef + intercept`, of shape (n, horizon)."""
        forecast: FloatArray = x @ self.coef + self.intercept
        return forecast


def linear_part(estimator: Any) -> LinearEstimator | None:
    """Return a fitted estimator as a `LinearEstimator`, or None where it is not linear.

    Linear is what scikit-learn defines with `coef_` and `intercept_`, and what predicts by them, which is tried on
    random rows. A `MultiOutputRegressor` is linear where its parts are.
    """
    if isinstance(estimator, LinearEstimator):
        return estimator
    if not _is_once_per_step(estimator):
        return _of_one(estimator)
    found = [_of_one(part) for part in estimator.estimators_]
    known = [part for part in found if part is not None]
    if len(known) < len(found):
        return None
    return _linear(np.hstack([part.coef for part in known]), np.concatenate([part.intercept for part in known]))


def _is_once_per_step(estimator: Any) -> bool:
    return type(estimator).__name__ == "MultiOutputRegressor"


def _of_one(estimator: Any) -> LinearEstimator | None:
    if not type(estimator).__module__.startswith("sklearn."):
        return None
    try:
        coef = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64)).T  # (n_columns, outputs)
        intercept = np.broadcast_to(np.asarray(estimator.intercept_, dtype=np.float64), (coef.shape[1],))
    except (AttributeError, TypeError, ValueError):
        return None
    linear = _linear(coef, intercept)
    return linear if _predicts_alike(estimator, linear) else None


def _linear(coef: FloatArray, intercept: FloatArray) -> LinearEstimator:
    return LinearEstimator(np.ascontiguousarray(coef), np.array(intercept))


def _predicts_alike(estimator: Any, linear: LinearEstimator) -> bool:
    """Whether an estimator's forecasts of random rows, small and large, are those of its weights."""
    rows = np.random.default_rng(1).standard_normal((9, len(linear.coef))) * np.repeat(
        [[0.1], [1.0], [10.0]], 3, axis=0
    )
    expected = linear.predict(rows)
    answer = np.asarray(estimator.predict(rows), dtype=np.float64).reshape(len(rows), -1)
    size = np.abs(expected).max()
    return answer.shape == expected.shape and bool(
        np.allclose(answer, expected, rtol=_AGREEMENT, atol=_AGREEMENT * size)
    )


def save(folder: Path, label: str, estimator: Any, lookback: int, feature_names: tuple[str, ...]) -> None:
    """Write a fitted estimator's weights as `model.safetensors`, and the rest as `config.json`.

    Raises
    ------
    NotSaveable
        It is not linear.
    """
    from safetensors.numpy import save_file

    linear = linear_part(estimator)
    if linear is None:
        named = getattr(estimator, "estimator", estimator) if _is_once_per_step(estimator) else estimator
        raise NotSaveable(
            f"{type(named).__name__} cannot be written without a pickle. What can is linear: scikit-learn's "
            f"estimators with `coef_` and `intercept_`, alone or once per step."
        )
    save_file({"coef": linear.coef, "intercept": linear.intercept}, folder / _WEIGHTS)
    config = {"format": FORMAT, "label": label, "lookback": lookback, "features": list(feature_names)}
    (folder / _CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[str, LinearEstimator, int, tuple[str, ...]]:
    """Read what `save` wrote: label, estimator, lookback and names of the features.

    Raises
    ------
    StoreError
        The folder holds no such model, or its parts do not fit together.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        if config["format"] != FORMAT:
            raise StoreError(
                f"the model in {folder} has format {config['format']!r}; this version reads {FORMAT}. Update "
                f"Workbench, or fit the model again."
            )
        weights = load_file(folder / _WEIGHTS)
        linear = _linear(weights["coef"], weights["intercept"])
        names = tuple(map(str, config["features"]))
        lookback = int(config["lookback"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as err:
        raise StoreError(f"{folder} holds no saved scikit-learn model ({type(err).__name__}: {err}).") from err
    if linear.coef.shape != (lookback * len(names), len(linear.intercept)):
        raise StoreError(
            f"the weights in {folder} have shape {linear.coef.shape}, which does not fit a lookback of {lookback} and "
            f"{len(names)} features; fit the model again."
        )
    return str(config["label"]), linear, lookback, names
