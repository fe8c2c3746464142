"""Changing single values inside an experiment, by their dotted path."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from workbench.contracts.use import Use, as_use
from workbench.errors import ExperimentError
from workbench.plan.experiment import Experiment


def with_values(experiment: Experiment, values: Mapping[str, Any]) -> Experiment:
    """Return an experiment with some values changed; what was handed in as an object is kept.

    Parameters
    ----------
    experiment : Experiment
    values : mapping of str to value
        By path, as `--set` takes them: `lookback`, `forecasters.0.hidden`, `folds.train_size`.

    Raises
    ------
    ExperimentError
        A path leads nowhere, or a value is out of bounds.
    """
    fields: dict[str, Any] = {}
    for path, value in values.items():
        field, *rest = path.split(".")
        if field not in type(experiment).model_fields:
            experiment.replace(**{field: value})  # says which field was meant
        there = fields.get(field, getattr(experiment, field))
        fields[field] = _changed(there, rest, value, path)
    return experiment.replace(**fields)


def _changed(place: Any, parts: list[str], value: Any, path: str) -> Any:
    """Return `place` with the value at the end of the path below it."""
    if not parts:
        return value
    part, *rest = parts
    if isinstance(place, Use):
        return _changed_use(place, part, rest, value, path)
    if isinstance(place, (list, tuple)):
        position = _position(place, part, path)
        return [*place[:position], _changed(place[position], rest, value, path), *place[position + 1 :]]
    if isinstance(place, dict):
        return {**place, part: _changed(place.get(part, {}), rest, value, path)}
    if isinstance(place, BaseModel):
        return type(place)(**{**dict(place), part: _changed(getattr(place, part, None), rest, value, path)})
    if dataclasses.is_dataclass(place) and not isinstance(place, type):
        fields = {field.name: getattr(place, field.name) for field in dataclasses.fields(place)}
        return type(place)(**{**fields, part: _changed(fields.get(part), rest, value, path)})
    raise ExperimentError(
        f"`{path}`: there are no settings above `{part}` in the experiment. Write out what it belongs to, such as a "
        f'list of features, or name it by a path such as "forecasters.0.hidden".'
    )


def _changed_use(use: Use, part: str, rest: list[str], value: Any, path: str) -> Use:
    if part == "use":
        return as_use({**use.to_dict(), "use": value})
    if part == "label":
        return use.model_copy(update={"label": value})
    return use.with_params(**{part: _changed(use.params.get(part, {}), rest, value, path)})


def _position(items: Sequence[Any], part: str, path: str) -> int:
    if not part.isdecimal() or int(part) >= len(items):
        raise ExperimentError(f"`{path}`: {part!r} is no position in a list of {len(items)}, from 0.")
    return int(part)
