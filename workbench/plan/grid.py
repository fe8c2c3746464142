"""Grids over the fields of an experiment: the full cross product of lists of values."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import ExperimentError
from workbench.plan.changing import with_values
from workbench.plan.experiment import Experiment

Grid = dict[str, list[Any]]

SAME_ROWS = {
    *("forecasters", "baselines", "features", "scaler", "lookback", "seeds"),
    *("strategy", "engine", "costs", "keep_models", "plugins", "multi_step", "coverage"),
}
"""Fields that leave the target and the rows of the validation block as they are, so that errors can be compared."""
NO_SETTINGS = ("name", "plugins", "keep_models")
"""Fields that change no forecast, so that settings of them would all be the same one."""
_LONGEST_VALUE = 24


@dataclass(frozen=True)
class Setting:
    """One point of a grid or a space.

    Parameters
    ----------
    number : int
        From 0, the last field changing fastest.
    values : mapping of str to value
        By path.
    label : str
        Short and unique among the settings, such as `batch_size=16,epochs=20`.
    """

    number: int
    values: Mapping[str, Any]
    label: str


def check_grid(table: Any) -> Grid:
    """Return a grid with its paths as keys, whether they were quoted in the file or not.

    Raises
    ------
    ExperimentError
        It is empty, a path has no list of distinct values, or its field changes no forecast.
    """
    grid = dict(_flat(table, "")) if isinstance(table, Mapping) else {}
    if not grid:
        raise ExperimentError(
            'a sweep needs fields and lists of their values: `[sweep]` with `"forecasters.0.hidden" = [16, 32]`.'
        )
    check_fields(grid, "sweep")
    for path, values in grid.items():
        if not isinstance(values, list) or not values:
            raise ExperimentError(f"`{path}` of the sweep is {values!r}; expected a list of values, such as [16, 32].")
        if len({_text(value) for value in values}) < len(values):
            raise ExperimentError(f"`{path}` of the sweep lists a value twice: {values!r}. Each may be given once.")
    return grid


def check_fields(paths: Iterable[str], what: str) -> None:
    """Refuse to search fields that change no forecast.

    Raises
    ------
    ExperimentError
        Such a field is among the paths.
    """
    for path in paths:
        if path.split(".")[0] in NO_SETTINGS:
            raise ExperimentError(
                f"`{path}` of the {what} changes no forecast, so all its settings would be one and the same. Give the "
                f"experiment one value of it, and search what the forecasters are and see."
            )


def _flat(table: Mapping[str, Any], above: str) -> Any:
    for key, value in table.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        else:
            yield path, list(value) if isinstance(value, tuple) else value


def list_settings(grid: Grid) -> tuple[Setting, ...]:
    """List every point of a grid."""
    points = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    return tuple(
        Setting(i, point, label) for i, (point, label) in enumerate(zip(points, label_all(points), strict=True))
    )


def label_all(points: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a short label for each point; those that would be the same get their number as well."""
    names = short_names([path for point in points for path in point])
    labels = [",".join(f"{names[path]}={short_value(value)}" for path, value in point.items()) for point in points]
    counts = Counter(labels)
    return [f"{label}#{i}" if counts[label] > 1 else label for i, label in enumerate(labels)]


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """Return the last part of each path, or as many as tell it from the others; never a bare position in a list."""
    names: dict[str, str] = {}
    distinct = list(dict.fromkeys(paths))
    for path in distinct:
        parts = path.split(".")
        tails = [".".join(parts[-n:]) for n in range(1, len(parts) + 1) if not parts[-n].isdecimal()]
        names[path] = next(
            (tail for tail in tails if sum(other == tail or other.endswith(f".{tail}") for other in distinct) == 1),
            path,
        )
    return names


def short_value(value: Any) -> str:
    """Write a value in few characters; a plugin by its name."""
    if isinstance(value, Mapping) and "use" in value:
        return str(value.get("label") or value["use"])
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.6g}"
    text = _text(value).replace(" ", "").replace('"', "")
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def experiment_of(experiment: Experiment, setting: Setting) -> Experiment:
    """Return the experiment of one setting, named after it."""
    return with_values(experiment, setting.values).replace(name=f"{experiment.name}/{setting.label}")


def fields_that_move_rows(paths: Sequence[str]) -> list[str]:
    """Name the paths that change what is scored, so that errors of two settings cannot be compared."""
    return [path for path in paths if path.split(".")[0] not in SAME_ROWS]
