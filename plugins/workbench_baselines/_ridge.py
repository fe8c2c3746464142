"""The forecaster `ridge`."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from workbench.sklearn import SklearnForecaster


class Ridge(SklearnForecaster, name="ridge"):
    """Ridge regression on the window: every feature of every bar in it has a weight, and all are kept small.

    The linear rival of a network: it sees the same windows. What it cannot learn is how features act together.

    Notes
    -----
    scikit-learn's `Ridge` on the flattened window, all steps at once: least squares with `alpha` times the sum of the
    squared weights added. Features and targets arrive scaled, so one `alpha` suits them all; it weighs against the sum
    of squared errors, so the more windows there are, the less the same `alpha` does.
    """

    uses_seed: ClassVar[bool] = False

    alpha: float = Field(1.0, gt=0, description="strength of the penalty on the weights")

    def build(self) -> Any:
        """Return a new regressor."""
        from sklearn import linear_model

        return linear_model.Ridge(alpha=self.alpha, solver="svd")  # for any number of columns, and nothing random
