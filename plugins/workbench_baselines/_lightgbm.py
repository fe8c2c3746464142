"""The forecaster `lightgbm`."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from workbench import (
    DataError,
    FitContext,
    FittedForecaster,
    FloatArray,
    Forecaster,
    RequestError,
    RunFailedError,
    StoreError,
    Windows,
    WorkbenchWarning,
)
from workbench_baselines import _by_symbol

Block = tuple[FloatArray, FloatArray]
"""Rows of shape (n, n_columns), and what one step of each came to, of shape (n,)."""
_CONFIG = "lightgbm.json"


@dataclass(frozen=True, eq=False)
class FittedLightGBM(FittedForecaster):
    """A model per step, each as the text that LightGBM writes.

    Parameters
    ----------
    lookback : int
    feature_names : tuple of str
        Of the windows it was fitted on.
    models : tuple of str
    """

    lookback: int
    feature_names: tuple[str, ...]
    models: tuple[str, ...]

    def predict(self, windows: Windows) -> FloatArray:
        """Forecast from each window, shape (n, horizon).

        Raises
        ------
        DataError
            The windows are not of the features and the lookback that it was fitted on.
        """
        if (windows.lookback, windows.feature_names) != (self.lookback, self.feature_names):
            raise DataError(
                f"'lightgbm' was fitted on lookback {self.lookback} and the features {', '.join(self.feature_names)}, "
                f"but the windows have lookback {windows.lookback} and the features "
                f"{', '.join(windows.feature_names)}."
            )
        if not len(windows):
            return np.empty((0, windows.horizon))
        lightgbm, x = _library(), _flattened(windows)
        boosters = [lightgbm.Booster(model_str=text) for text in self.models]
        return np.column_stack([booster.predict(x, num_threads=1) for booster in boosters])

    def save(self, folder: Path) -> None:
        """Write the text of each step's model, and a JSON file with what it was fitted on."""
        config = {"lookback": self.lookback, "features": list(self.feature_names), "steps": len(self.models)}
        (folder / _CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        for step, text in enumerate(self.models, start=1):
            (folder / f"step_{step}.txt").write_text(text, encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        StoreError
            The folder holds no such model.
        """
        try:
            config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
            texts = [(folder / f"step_{i + 1}.txt").read_text(encoding="utf-8") for i in range(config["steps"])]
            return cls(int(config["lookback"]), tuple(config["features"]), tuple(texts))
        except (OSError, ValueError, KeyError, TypeError) as err:
            raise StoreError(f"{folder} holds no saved LightGBM model ({type(err).__name__}: {err}).") from err


class LightGBM(Forecaster, name="lightgbm"):
    """Gradient boosting of decision trees on the window, by LightGBM.

    Like `boosting`, and it can be saved, and stopped early on the validation block. It needs the package lightgbm:
    `pip install 'trading-workbench[boost]'`.

    Notes
    -----
    On the flattened window, oldest bar first, one model per step. With `patience`, and where there is a validation
    block, the trees up to the lowest squared error on that block are kept, and after so many without a lower one no
    more are grown; otherwise all `trees` are. A validation block that was unlike the rest then decides, so `patience`
    is off by default. No window of the validation block is learnt from, and none is drawn at random. It runs on one
    thread and is deterministic.
    """

    scaled: ClassVar[bool] = True
    uses_seed: ClassVar[bool] = False

    trees: int = Field(100, ge=1, description="trees of each step's model, at most")
    learning_rate: float = Field(0.05, gt=0, le=1, description="share of each tree's correction that is used")
    max_depth: int | None = Field(3, ge=1, description="splits on the way to a leaf, at most; None for no limit")
    min_samples_leaf: int = Field(20, ge=1, description="windows in a leaf, at least")
    patience: int | None = Field(
        None, ge=1, description="stop after this many trees without a lower validation error; None grows them all"
    )
    scope: Literal["local", "global"] = Field("local", description="one model per symbol, or one for all symbols")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Return one of few trees."""
        return cls(trees=5)

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedLightGBM:
        """Grow the trees of each step; the forecaster itself stays unchanged.

        Raises
        ------
        RequestError
            LightGBM is not installed.
        DataError
            There are no training windows, they have no features, or a target is not finite.
        RunFailedError
            LightGBM refused the data.
        """
        lightgbm = _library()
        _by_symbol.check_learnable(train, "lightgbm")
        if not train.n_features:
            raise DataError(
                "the forecaster 'lightgbm' reads features, and the experiment has none: `features = []`. Name some, "
                "such as `log_return`, or leave `features` out. `har`, `ets`, `arima` and `seasonal` need none."
            )
        if validation is None and self.patience is not None:
            warnings.warn(
                f"{self.label} was fitted without a validation block, so that `patience` had nothing to go by and all "
                f"trees were grown; set `validation`.",
                WorkbenchWarning,
                stacklevel=2,
            )
        blocks = [train] if validation is None or self.patience is None else [train, validation]
        rows = [_flattened(block) for block in blocks]
        try:
            models = tuple(
                self._grown(*((x, block.targets[:, step]) for x, block in zip(rows, blocks, strict=True)))
                for step in range(context.horizon)
            )
        except lightgbm.basic.LightGBMError as err:
            raise RunFailedError(f"{self.label} could not be fitted: {err}") from err
        return FittedLightGBM(train.lookback, train.feature_names, models)

    def _grown(self, train: Block, held: Block | None = None) -> str:
        """Return the text of one step's model."""
        lightgbm = _library()
        data = lightgbm.Dataset(*train, params=_QUIET)
        watched, calls = [], []
        if held is not None:
            watched = [lightgbm.Dataset(*held, reference=data, params=_QUIET)]
            calls = [lightgbm.early_stopping(self.patience, verbose=False)]
        params = {
            **_QUIET,
            "objective": "regression",
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth or -1,
            "num_leaves": min(2 ** (self.max_depth or 5), 131_072),
            "min_data_in_leaf": self.min_samples_leaf,
        }
        booster = lightgbm.train(params, data, self.trees, valid_sets=watched, callbacks=calls)
        text: str = booster.model_to_string(num_iteration=booster.best_iteration or -1)
        return text


_QUIET = {
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 0,
    "verbosity": -1,
    "feature_pre_filter": False,
}
"""Settings under which two fits give the same bits."""


def _flattened(windows: Windows) -> FloatArray:
    """Return one row per window, oldest bar first: shape (n, lookback * n_features), float64."""
    return windows.batch().reshape(len(windows), windows.lookback * windows.n_features).astype(np.float64)


def _library() -> Any:
    """Import LightGBM.

    Raises
    ------
    RequestError
        It is not installed.
    """
    try:
        import lightgbm
    except ImportError as err:
        raise RequestError(
            "'lightgbm' needs the package lightgbm. Run `pip install 'trading-workbench[boost]'`, or use `boosting`."
        ) from err
    return lightgbm
