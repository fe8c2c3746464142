"""The forecaster `boosting`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field

from workbench.sklearn import SklearnForecaster


class Boosting(SklearnForecaster, name="boosting"):
    """Gradient boosting of decision trees on the window: many small corrections, each a tree.

    The rival that finds thresholds and features that act together. On few or noisy windows it learns the noise: ask
    for fewer `trees`, or more windows to a leaf. Trees never forecast beyond what they were trained on, so for the
    target `price` of a series that trends they are no rival.

    Notes
    -----
    scikit-learn's `HistGradientBoostingRegressor` on the flattened window, one model per step. Its early stopping is
    off: it would score on windows drawn at random, which overlap with those that it learns from. Nothing in it is
    random. It cannot be saved, and is fitted again instead; `lightgbm` can.
    """

    uses_seed: ClassVar[bool] = False

    trees: int = Field(100, ge=1, description="trees of each step's model")
    learning_rate: float = Field(0.05, gt=0, le=1, description="share of each tree's correction that is used")
    max_depth: int | None = Field(3, ge=1, description="splits on the way to a leaf, at most; None for no limit")
    min_samples_leaf: int = Field(20, ge=1, description="windows in a leaf, at least")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Return one of few trees."""
        return cls(trees=5)

    def build(self) -> Any:
        """Return a new regressor."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        return HistGradientBoostingRegressor(
            max_iter=self.trees,
            learning_rate=self.learning_rate,
            max_depth=self.max_depth,
            min_samples_leaf=self.min_samples_leaf,
            early_stopping=False,
            random_state=0,  # draws the windows that set the bins, where there are more than 200,000
        )
