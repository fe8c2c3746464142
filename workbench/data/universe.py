"""`Universe`: which symbols there are to choose from, and when each of them was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import BoolArray, TimeArray
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_SYMBOL = ("symbol", "ticker", "name")
_FIRST = ("from", "start", "added")
_LAST = ("to", "end", "removed")
_SHOWN = 12


@dataclass(frozen=True)
class Stretch:
    """Days on which a symbol belonged to a universe, both included; None is open."""

    first: date | None
    last: date | None

    def overlaps(self, later: Stretch) -> bool:
        """Whether a stretch that begins no earlier begins before this one is over."""
        return self.last is None or later.first is None or later.first <= self.last

    def __str__(self) -> str:
        return f"{self.first or 'the beginning'} to {self.last or 'today'}"


@dataclass(frozen=True)
class Universe:
    """Symbols and the stretches of time in which they belonged.

    Parameters
    ----------
    path : str
        Where it was read from.
    stretches : mapping of str to tuple of Stretch
        Per symbol, in the order of time.
    """

    path: str
    stretches: Mapping[str, tuple[Stretch, ...]]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols in sorted order."""
        return tuple(sorted(self.stretches))

    @property
    def sha256(self) -> str:
        """Hash of symbols and dates, however the file is laid out."""
        return hashlib.sha256(json.dumps(self.to_dict()["members"], sort_keys=True).encode()).hexdigest()

    @property
    def never_ends(self) -> bool:
        """Whether no symbol ever left: a list of those that are there today."""
        return all(stretch.last is None for mine in self.stretches.values() for stretch in mine)

    def has(self, symbol: str, labels: TimeArray) -> BoolArray:
        """Say of bars of `symbol`, by label, whether it belonged on their date."""
        days = labels.astype("datetime64[D]")
        belongs = np.zeros(len(days), dtype=np.bool_)
        for stretch in self.stretches.get(symbol, ()):
            since = True if stretch.first is None else days >= np.datetime64(stretch.first)
            belongs |= since & (True if stretch.last is None else days <= np.datetime64(stretch.last))
        return belongs

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, which `from_dict` reads back."""
        members = {symbol: [[_text(s.first), _text(s.last)] for s in self.stretches[symbol]] for symbol in self.symbols}
        return {"path": self.path, "members": members}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Universe:
        """Read back what `to_dict` gave."""
        stretches = {
            symbol: tuple(Stretch(*(None if day is None else date.fromisoformat(day) for day in s)) for s in mine)
            for symbol, mine in values["members"].items()
        }
        return cls(values["path"], stretches)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def read_universe(path: str) -> Universe:
    """Read a universe from a CSV file.

    Parameters
    ----------
    path : str
        File with a column `symbol` (or `ticker`, `name`) and, if known, membership: the first day in `from` (or
        `start`, `added`) and the last day in `to` (or `end`); `removed` is the day after the last. Dates are ISO,
        blank is open. A symbol that came back has a row for each stretch.

    Raises
    ------
    DataError
        The file cannot be read, has other columns, a date that is none, or stretches of a symbol that overlap.
    """
    table = _read_table(path)
    symbol, first, last = (_column(table, names) for names in (_SYMBOL, _FIRST, _LAST))
    if symbol is None:
        raise DataError(f"{path} has the columns {', '.join(table.columns)}; a universe needs a column `symbol`.")
    strange = [column for column in table.columns if column not in (symbol, first, last)]
    if strange:
        raise DataError(
            f"{path} has the column {strange[0]!r}, which a universe does not know. It takes `symbol`, `from` (or "
            f"`start`, `added`) and `to` (or `end`, `removed`); leave the others out."
        )
    stretches: dict[str, list[Stretch]] = {}
    for number, row in enumerate(table.to_dict("records"), start=2):
        name = row[symbol].strip()
        if not name:
            raise DataError(f"row {number} of {path} names no symbol; fill it in, or remove the row.")
        since, until = _day(row, first, number, path), _day(row, last, number, path)
        if until is not None and last == "removed":
            until -= timedelta(days=1)
        if since and until and until < since:
            raise DataError(f"row {number} of {path}: {name!r} leaves before it joins; correct its dates.")
        stretches.setdefault(name, []).append(Stretch(since, until))
    if not stretches:
        raise DataError(f"{path} lists no symbol.")
    return Universe(path, {name: _in_order(name, mine, path) for name, mine in stretches.items()})


def _read_table(path: str) -> pd.DataFrame:
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"there is no universe file {Path(path)}; `universe` is the path of a CSV file.") from None
    except (OSError, ValueError) as err:
        raise DataError(f"the universe file {path} cannot be read: {err}.") from err
    return table.rename(columns=lambda column: str(column).strip().lower())


def _column(table: pd.DataFrame, names: Sequence[str]) -> str | None:
    """Return the first column called one of `names`; others then are strange."""
    return next((name for name in names if name in table.columns), None)


def _day(row: Mapping[Any, str], column: str | None, number: int, path: str) -> date | None:
    text = "" if column is None else row[column].strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DataError(
            f"row {number} of {path} has {text!r} in column {column!r}; expected an ISO date such as 2018-01-31, or "
            f"nothing where the membership is open."
        ) from None


def _in_order(symbol: str, stretches: list[Stretch], path: str) -> tuple[Stretch, ...]:
    ordered = sorted(stretches, key=lambda s: s.first or date.min)
    for earlier, later in pairwise(ordered):
        if earlier.overlaps(later):
            raise DataError(
                f"{path} has two stretches of {symbol!r} that overlap: {earlier}, and {later}. Give it one row for "
                f"each, or make them one."
            )
    return tuple(ordered)


def shown(symbols: Sequence[str]) -> str:
    """Name some symbols, and count the others."""
    more = f" and {len(symbols) - _SHOWN} more" if len(symbols) > _SHOWN else ""
    return ", ".join(symbols[:_SHOWN]) + more
