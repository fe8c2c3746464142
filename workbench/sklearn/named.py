"""The forecaster `sklearn`: any regressor, by the path of its class or as an object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

from pydantic import Field

from workbench.errors import ExperimentError
from workbench.sklearn.estimators import EstimatorObject, copied, in_plain_values, make_estimator, names_of_settings
from workbench.sklearn.forecaster import SklearnForecaster


class EstimatorForecaster(SklearnForecaster, name="sklearn"):
    """Any scikit-learn regressor on the flattened window.

    `SklearnForecaster(Ridge(alpha=2.0))` makes one.

    Parameters
    ----------
    estimator : str or regressor
        Path of the class, such as `sklearn.linear_model.Ridge`; or, from Python, the estimator itself. One that is
        fully told by its class and plain settings is kept as such, so that the experiment can be written to a file
        and replayed; any other, such as a pipeline, is kept as an object.
    settings : dict
        Parameters of the class, by name.
    """

    estimator: str | EstimatorObject = Field(description="path of the class, such as sklearn.linear_model.Ridge")
    settings: dict[str, Any] = Field(default_factory=dict, description="parameters of that class, by name")

    def __init__(self, estimator: object = None, /, **params: Any) -> None:
        if estimator is not None:
            if "estimator" in params:
                raise ExperimentError("'sklearn' was given two estimators; give one.")
            params["estimator"] = estimator
        if params.get("estimator") is not None:
            kept = _kept(params["estimator"], params.get("settings", {}))
            _refuse_settings_outside(params)
            params.update(kept)
        super(SklearnForecaster, self).__init__(**params)

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Ridge regression."""
        return cls("sklearn.linear_model.Ridge")

    @property
    def label(self) -> str:
        """The estimator as scikit-learn would print it, such as `Ridge(alpha=2.0)`."""
        return self._estimator_label if self.scope == "local" else f"{self._estimator_label}, {self.scope}"

    @property
    def _estimator_label(self) -> str:
        if isinstance(self.estimator, EstimatorObject):
            return self.estimator.label
        inside = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        return f"{self.estimator.rpartition('.')[2]}({inside})"

    def build(self) -> Any:
        """Return a new estimator."""
        if isinstance(self.estimator, EstimatorObject):
            return copied(self.estimator.estimator)
        return make_estimator(self.estimator, self.settings)


def _refuse_settings_outside(params: dict[str, Any]) -> None:
    """Say where the parameters of the estimator go, if some are given beside it."""
    path = params["estimator"]
    if isinstance(path, str):
        known = names_of_settings(path) - set(EstimatorForecaster.model_fields)
        for name in known.intersection(params):
            raise ExperimentError(
                f"'sklearn' has no parameter `{name}`. Parameters of the estimator go into `settings`: "
                f"`settings = {{ {name} = {json.dumps(params[name], default=str)} }}`."
            )


def _kept(given: Any, settings: Any) -> dict[str, Any]:
    """Return the two parameters in the one form they are kept in, however they were given."""
    if isinstance(given, EstimatorObject):
        return {"estimator": given}
    if not isinstance(settings, dict):
        raise ExperimentError(f"`settings` of 'sklearn' is {settings!r}; expected parameters by name, {{alpha = 2.0}}.")
    if not isinstance(given, str) and settings:
        raise ExperimentError("`settings` go with the path of a class; an estimator object has its own already.")
    try:
        estimator = make_estimator(given, settings) if isinstance(given, str) else copied(given)
        plain = in_plain_values(estimator)
    except ExperimentError as err:
        raise ExperimentError(f"`estimator` of 'sklearn': {err}") from err
    if plain is None:
        return {"estimator": EstimatorObject(estimator), "settings": {}}
    return {"estimator": plain[0], "settings": plain[1]}
