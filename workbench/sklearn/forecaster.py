"""`SklearnForecaster`: give it a scikit-learn regressor, and it is a forecaster."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from workbench.contracts.arrays import FloatArray
from workbench.contracts.forecaster import FitContext, Forecaster
from workbench.contracts.trainable import check_trainable
from workbench.contracts.windows import Windows
from workbench.errors import ExperimentError, PluginError, RunFailedError
from workbench.sklearn.fitted import FittedSklearnForecaster, flattened, running


class SklearnForecaster(Forecaster):
    """A scikit-learn regressor as a forecaster: called with one, or subclassed.

    Called with an estimator it is a plugin at once, the one that files and the command line name `sklearn`. A
    subclass is a plugin with a name and parameters of its own: it declares them and gives `build`.

    Parameters
    ----------
    estimator : regressor
        Anything with scikit-learn's interface, a pipeline included. It is copied, and never fitted itself. A
        subclass takes none: its parameters are its fields.

    Notes
    -----
    The estimator sees one row per origin, the window flattened: shape (n, lookback * n_features), float64, oldest
    bar first and within a bar the features in their order, so that column `j` is feature `j % n_features` of the
    window's bar `j // n_features`. Features and targets arrive scaled. It is fitted on the training block; the
    validation block is left alone.

    All steps are forecast at once where the estimator can (scikit-learn's tag `multi_output`); any other is fitted
    once per step.

    Wherever the estimator, or one inside it, has a `random_state` that is None, it is given the seed; one that is
    set stays. A subclass without randomness declares `uses_seed: ClassVar[bool] = False`, and is then fitted once
    for all seeds. `n_jobs` stays as it is.

    What scikit-learn warns of while it fits (that it did not converge, say) comes as a `WorkbenchWarning` with the
    forecaster's label. Linear estimators are saved as their weights; others Workbench fits again from the stored
    bars, since scikit-learn writes them as pickles only.

    Examples
    --------
    >>> class RidgeWindow(SklearnForecaster, name="ridge_window"):
    ...     '''Ridge regression on the window.'''
    ...
    ...     alpha: float = Field(1.0, gt=0, description="strength of the penalty")
    ...
    ...     def build(self):
    ...         from sklearn.linear_model import Ridge
    ...
    ...         return Ridge(alpha=self.alpha)
    """

    scaled: ClassVar[bool] = True

    scope: Literal["local", "global"] = Field("local", description="one model per symbol, or one for all symbols")

    def __init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(name=name, **kwargs)
        if name is not None and cls.build is SklearnForecaster.build:
            raise PluginError(
                f"{cls.__module__}.{cls.__qualname__} lacks `build`, which returns a new scikit-learn regressor."
            )

    def __new__(cls, *arguments: Any, **params: Any) -> Self:
        """Make the plugin `sklearn` where this class itself is called."""
        if cls is not SklearnForecaster:
            return super().__new__(cls)
        from workbench.sklearn.named import EstimatorForecaster

        made: Any = EstimatorForecaster.__new__(EstimatorForecaster)
        return made  # type: ignore[no-any-return]

    def __init__(self, estimator: object = None, /, **params: Any) -> None:
        if estimator is not None:
            raise ExperimentError(
                f"{type(self).__name__} makes its own estimator, so it takes none. Give its parameters by name, or "
                f"call `SklearnForecaster` itself."
            )
        super().__init__(**params)

    def build(self) -> Any:
        """Return a new, unfitted regressor. Import scikit-learn here, not at module level."""
        raise PluginError(f"{type(self).__qualname__} lacks `build`, which returns a new scikit-learn regressor.")

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedSklearnForecaster:
        """Fit a new estimator; the forecaster itself stays unchanged.

        Raises
        ------
        DataError
            There are no training windows, or some hold values that are not finite.
        PluginError
            `build` returned something that is no regressor.
        RunFailedError
            The estimator refused its parameters or the data.
        """
        from workbench.sklearn.estimators import copied, seed_randomness

        check_trainable(train, "training", self.label)
        try:
            estimator = copied(self.build())
        except ExperimentError as err:
            raise PluginError(f"`build` of {self.label}: {err}") from err
        seed_randomness(estimator, context.seed)
        try:
            with running(self.label, context.n_threads):
                fitted = _fit_steps(estimator, flattened(train), train.targets)
        except (ValueError, TypeError, ArithmeticError) as err:
            raise RunFailedError(f"{self.label} could not be fitted: {err}") from err
        return FittedSklearnForecaster(self.label, fitted, train.lookback, train.feature_names)


def _fit_steps(estimator: Any, x: FloatArray, y: FloatArray) -> Any:
    """Fit on x (n, lookback * n_features) and y (n, horizon), in the shape of y that the estimator takes."""
    from sklearn.utils import get_tags

    takes = get_tags(estimator).target_tags
    if y.shape[1] == 1 and takes.single_output:
        return estimator.fit(x, y.ravel())
    if not takes.multi_output:
        from sklearn.multioutput import MultiOutputRegressor

        estimator = MultiOutputRegressor(estimator)
    return estimator.fit(x, y)
