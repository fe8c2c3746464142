"""Comparing tables number by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_AGAIN, _SIDE = "_again", "_side"


@dataclass(frozen=True)
class Difference:
    """A number that came out otherwise.

    Parameters
    ----------
    where : dict of str to object
        Model, symbol, seed, fold, origin and step of a forecast, or what else tells a row apart.
    column : str
        Which number of that row.
    stored, again : float or None
        None for an undefined number, and for a row that only one side has.
    """

    where: dict[str, Any]
    column: str
    stored: float | None
    again: float | None

    def __str__(self) -> str:
        place = ", ".join(f"{name} {value}" for name, value in self.where.items() if value is not None)
        return f"`{self.column}` of {place}: {_shown(self.stored)} stored, {_shown(self.again)} now"


@dataclass(frozen=True)
class Comparison:
    """One table of a run beside the same table made again.

    Parameters
    ----------
    table : str
        `forecasts`, `scores` or `equity`.
    n_rows, n_different : int
        Rows on either side, and those in which a number differs or that only one side has.
    first : Difference or None
        The first of them.
    """

    table: str
    n_rows: int
    n_different: int
    first: Difference | None

    def __str__(self) -> str:
        if self.first is None:
            return f"{self.table}: all {self.n_rows} rows identical."
        return f"{self.table}: {self.n_different} of {self.n_rows} rows differ, the first in {self.first}."


def compare(table: str, stored: pd.DataFrame, again: pd.DataFrame, keys: list[str]) -> Comparison:
    """Compare two tables row by row and number by number, exactly; two undefined numbers are the same.

    Parameters
    ----------
    table : str
        What to call it.
    stored, again : DataFrame
        Tables with the columns `keys`, which tell rows apart. The numbers that both have are compared.
    keys : list of str

    Raises
    ------
    pandas.errors.MergeError
        Two rows of one side have the same key.
    """
    sides = [_numbers(frame, keys) for frame in (stored, stored.head(0) if again.empty else again)]
    columns = [column for column in sides[0] if column in sides[1] and column not in keys]
    both = sides[0].merge(sides[1], on=keys, how="outer", suffixes=("", _AGAIN), indicator=_SIDE, validate="one_to_one")
    a = both[columns].to_numpy(dtype=np.float64)
    b = both[[f"{column}{_AGAIN}" for column in columns]].to_numpy(dtype=np.float64)
    other = ~((a == b) | (np.isnan(a) & np.isnan(b)))
    different = other.any(axis=1) | (both[_SIDE] != "both").to_numpy()
    if not different.any():
        return Comparison(table, len(both), 0, None)
    row = int(np.argmax(different))
    column = int(np.argmax(other[row]))
    where = {key: _plain(both[key].iloc[row]) for key in keys}
    first = Difference(where, str(columns[column]), _number(a[row, column]), _number(b[row, column]))
    return Comparison(table, len(both), int(different.sum()), first)


def _numbers(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Keep keys and numbers of a table; each quantile becomes a column."""
    kept = frame[[c for c in frame if c in keys or pd.api.types.is_float_dtype(frame[c])]]
    if "quantiles" not in frame:
        return kept
    width = max((np.size(value) for value in frame["quantiles"]), default=0)
    wide = np.full((len(frame), width), np.nan)
    for row, value in enumerate(frame["quantiles"]):
        if np.ndim(value):
            wide[row, : np.size(value)] = value
    return kept.assign(**{f"quantile {j + 1}": wide[:, j] for j in range(width)})


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else getattr(value, "item", lambda: value)()


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _shown(value: float | None) -> str:
    return "none" if value is None else repr(value)
