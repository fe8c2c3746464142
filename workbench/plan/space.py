"""Spaces of settings for `tune`, and how they are searched."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.contracts.explain import explain
from workbench.errors import ExperimentError, did_you_mean
from workbench.plan.grid import check_fields

_BOUNDS = ("low", "high", "log", "step")


class Dimension(BaseModel):
    """One parameter of a space: numbers between two bounds, or a list of choices.

    Parameters
    ----------
    low, high : int or float, optional
        Bounds, both included. Whole numbers where both are; otherwise any number between them.
    log : bool, default=False
        Try magnitudes evenly: as many between 1 and 10 as between 10 and 100.
    step : int or float, optional
        Distance between neighbouring values; not together with `log`.
    choices : list, optional
        Values of any kind.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float | None = None
    high: float | None = None
    log: bool = False
    step: float | None = None
    choices: tuple[Any, ...] = ()
    is_whole: bool = False

    @property
    def edges(self) -> tuple[Any, ...]:
        """Values that the experiment has to take for the space to make sense: the bounds, or all choices."""
        return self.choices or (self.value(self.low), self.value(self.high))

    def value(self, number: Any) -> Any:
        """Return a number of the space as the experiment takes it."""
        return int(number) if self.is_whole else float(number)

    def to_dict(self) -> Any:
        """Return it as a file would hold it."""
        if self.choices:
            return list(self.choices)
        low, high = self.edges
        step = {} if self.step is None else {"step": self.value(self.step)}
        return {"low": low, "high": high, **({"log": True} if self.log else {}), **step}


Space = dict[str, Dimension]


def check_space(table: Any) -> Space:
    """Return a space with its paths as keys, whether they were quoted in the file or not.

    Raises
    ------
    ExperimentError
        It is empty, or a parameter is no range and no list.
    """
    space = dict(_flat(table, "")) if isinstance(table, Mapping) else {}
    if not space:
        raise ExperimentError(
            'a search needs a space: `[tune.space]` with `"forecasters.0.hidden" = { low = 16, high = 128 }`, or a '
            "list of choices."
        )
    check_fields(space, "space")
    for path in space:
        field, *rest = path.split(".")
        if field in ("forecasters", "baselines") and (field == "baselines" or (rest and rest[0] != "0")):
            raise ExperimentError(
                f"`{path}` of the space has no part in the search, which scores the first forecaster alone. "
                f"Name a parameter of `forecasters.0`, or put the forecaster that you tune first."
            )
    return space


def _flat(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, Dimension]]:
    for key, value in table.items():
        path = f"{above}{key}"
        if isinstance(value, Dimension):
            yield path, value
        elif isinstance(value, Mapping) and not set(value) & set(_BOUNDS):
            yield from _flat(value, f"{path}.")
        else:
            yield path, _dimension(path, value)


def _dimension(path: str, value: Any) -> Dimension:
    if isinstance(value, (list, tuple)):
        if len(value) < 2:
            raise ExperimentError(f"`{path}` of the space lists {list(value)!r}; expected two choices or more.")
        return Dimension(choices=tuple(value))
    if not isinstance(value, Mapping):
        raise ExperimentError(
            f"`{path}` of the space is {value!r}; expected a range such as {{ low = 16, high = 128 }}, or a list of "
            f"choices. A value that is not to be searched belongs into the experiment."
        )
    for name in value:
        if name not in _BOUNDS:
            raise ExperimentError(
                f"`{path}` of the space has no setting `{name}`.{did_you_mean(name, _BOUNDS)} A range takes `low`, "
                f"`high`, `log` and `step`."
            )
    return _range(path, dict(value))


def _range(path: str, value: dict[str, Any]) -> Dimension:
    for name in ("low", "high", "step"):
        number = value.get(name)
        if name != "step" and number is None:
            raise ExperimentError(f"`{path}` of the space needs both `low` and `high`.")
        if number is not None and (isinstance(number, bool) or not isinstance(number, (int, float))):
            raise ExperimentError(f"`{name}` of `{path}` is {number!r}; expected a number.")
        if number is not None and not math.isfinite(number):
            raise ExperimentError(f"`{name}` of `{path}` is {number!r}; expected a finite number.")
    if not isinstance(value.get("log", False), bool):
        raise ExperimentError(f"`log` of `{path}` is {value['log']!r}; expected true or false.")
    found = Dimension(**value, is_whole=isinstance(value["low"], int) and isinstance(value["high"], int))
    if value["low"] >= value["high"]:
        raise ExperimentError(f"`{path}` of the space goes from {value['low']} to {value['high']}; `low` comes first.")
    if found.log and value["low"] <= 0:
        raise ExperimentError(f"`{path}` of the space has `log`, so `low` must be above 0; it is {value['low']}.")
    if found.log and found.step is not None:
        raise ExperimentError(f"`{path}` of the space has both `log` and `step`; choose one of them.")
    if found.step is not None and (found.step <= 0 or (found.is_whole and not isinstance(value["step"], int))):
        raise ExperimentError(f"`step` of `{path}` is {value['step']}; expected a positive number of the same kind.")
    return found


class TuneSettings(BaseModel):
    """How a space is searched; the fields of `[tune]` beside its space.

    Parameters
    ----------
    trials : int, optional
        Settings to try; `--trials` says it otherwise.
    seed : int, default=7
        Of the search itself: the same seed asks for the same settings.
    metric : str, default="rmse"
        Metric of the validation block, in target units, by which settings are compared.
    startup : int, default=10
        Settings drawn at random before the search learns from what it saw.
    prune : bool, default=True
        Stop a fit whose validation error stays above the median of those before it at the same epoch.
    prune_after_trials : int, default=5
        Settings tried to their end before any is stopped.
    prune_after_epochs : int, default=3
        Epochs that every fit may have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trials: int | None = Field(None, ge=1)
    seed: int = Field(7, ge=0, lt=2**32)
    metric: str = "rmse"
    startup: int = Field(10, ge=1)
    prune: bool = True
    prune_after_trials: int = Field(5, ge=1)
    prune_after_epochs: int = Field(3, ge=0)

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as err:
            raise ExperimentError(explain("`tune`", type(self).model_fields, err)) from err

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, checked again; None leaves a field as it is."""
        return type(self)(**{**dict(self), **{name: value for name, value in changes.items() if value is not None}})
