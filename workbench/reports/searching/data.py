"""What the figures of a search are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.plan.grid import short_names, short_value

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.searching.search import Search


@dataclass(frozen=True, eq=False)
class Values:
    """Values in the order in which settings were tried.

    Parameters
    ----------
    value, best : Series
        By number: the value of each complete setting, and the best one so far.
    pruned : Series
        By number: the last validation error of settings that were stopped early.
    """

    value: pd.Series
    best: pd.Series
    pruned: pd.Series


@dataclass(frozen=True, eq=False)
class Parameter:
    """Values against one parameter.

    Parameters
    ----------
    name : str
        Short and unique.
    position, value : ndarray of shape (n,)
        Where each complete setting stands, and its value.
    ticks : mapping of float to str
        Names of the positions where the parameter is no number; empty where it is one.
    log : bool
        Whether magnitudes are what counts.
    listed : bool
        Whether its values were listed one by one.
    best : int
        Which of them is the best.
    """

    name: str
    position: np.ndarray[Any, np.dtype[np.float64]]
    value: np.ndarray[Any, np.dtype[np.float64]]
    ticks: Mapping[float, str]
    log: bool
    listed: bool
    best: int


@dataclass(frozen=True, eq=False)
class Losses:
    """Losses per epoch of one setting, the median over its fits.

    Parameters
    ----------
    number : int
    label, status : str
    train, validation : Series
        By epoch, counted from 1.
    """

    number: int
    label: str
    status: str
    train: pd.Series
    validation: pd.Series


def values_of(search: Search) -> Values:
    """Lay out the value of each setting."""
    import pandas as pd

    rows = search.trials.set_index("number").sort_index()
    value = rows.loc[rows["status"] == "complete", "value"].dropna().astype(float)
    best = value.cummin() if search.lower_is_better else value.cummax()
    learning = search.learning
    errors = learning["validation_rmse"].fillna(learning["validation_loss"])
    last = errors.groupby(learning["number"]).last()
    stopped = [number for number in rows.index[rows["status"] == "pruned"] if number in last.index]
    pruned = last.loc[stopped] if search.metric == "rmse" and stopped else pd.Series(dtype=float)
    return Values(value, best.reindex(rows.index).ffill().dropna(), pruned)


def parameters_of(search: Search) -> list[Parameter]:
    """Lay out values against each parameter that took more than one value."""
    ranked = search.ranked
    names = short_names(list(search.space))
    found = []
    for path, space in search.space.items():
        given = [trial.settings[path] for trial in ranked]
        if len({short_value(value) for value in given}) < 2:
            continue
        values = np.array([trial.value for trial in ranked], dtype=np.float64)
        if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in given):
            position, ticks = np.array(given, dtype=np.float64), {}
        else:
            order = _order(space, given)
            position = np.array([order.index(short_value(value)) for value in given], dtype=np.float64)
            ticks = {float(i): name for i, name in enumerate(order)}
        log = not ticks and _is_log(space, position)
        found.append(Parameter(names[path], position, values, ticks, log, isinstance(space, list), 0))
    return found


def _order(space: Any, given: list[Any]) -> list[str]:
    listed = space if isinstance(space, list) else given
    return list(dict.fromkeys(short_value(value) for value in [*listed, *given]))


def _is_log(space: Any, position: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    if isinstance(space, Mapping):
        return bool(space.get("log", False))
    return bool(position.min() > 0 and position.max() / position.min() >= 8)


def losses_of(search: Search) -> list[Losses]:
    """Lay out the losses of each setting that trains in epochs: the best first, those without a value last."""
    found = []
    learning = search.learning
    for row in search.trials.to_dict("records"):
        mine = learning[learning["number"] == row["number"]]
        if len(mine):
            epoch = mine["epoch"].astype(int)
            medians = mine.groupby(epoch)[["train_loss", "validation_loss"]].median()
            found.append(
                Losses(row["number"], row["setting"], row["status"], medians["train_loss"], medians["validation_loss"])
            )
    return found


def accuracy_of(search: Search) -> pd.DataFrame:
    """Hit rate of each setting, the best by validation first: `setting`, `validation`, `test`; NaN where unknown."""
    rows = search.trials
    frame = rows[["setting"]].assign(
        validation=rows["validation_hit_rate"].astype(float), test=rows["hit_rate"].astype(float)
    )
    return frame[frame[["validation", "test"]].notna().any(axis=1)].reset_index(drop=True)
