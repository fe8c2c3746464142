"""Keeping a run to the members of its universe."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.contracts.arrays import IntArray
from workbench.data.universe import Universe, shown
from workbench.errors import DataError
from workbench.evaluation.folds import FoldRows
from workbench.evaluation.samples import Samples


class Members:
    """The members of a universe among the symbols of a run; without a universe, all symbols at all times.

    Parameters
    ----------
    universe : Universe or None
    samples : Samples
    """

    def __init__(self, universe: Universe | None, samples: Samples) -> None:
        self._universe = universe
        parts = samples.by_symbol.items() if universe is not None else ()
        self._belongs = {s: universe.has(s, part.labels) for s, part in parts} if universe is not None else {}
        self._left_out: dict[str, list[tuple[str, IntArray]]] = {"train": [], "test": []}

    def only(self, rows: FoldRows, fold: int) -> FoldRows:
        """Return the origins of a fold at which their symbol was a member, and remember how many were not.

        Raises
        ------
        DataError
            None is left to train on, or to test.
        """
        if self._universe is None:
            return rows
        kept = rows.only_where(self._belongs)
        for part, before, after in (("train", rows.train, kept.train), ("test", rows.test, kept.test)):
            self._left_out[part] += [(s, before[s][~self._belongs[s][before[s]]]) for s in before]
            if not any(map(len, after.values())):
                raise DataError(
                    f"fold {fold} has no origin to {part}{' on' if part == 'train' else ''}: no symbol of the universe "
                    f"{self._universe.path} is a member there. Look at its dates, or choose other folds."
                )
        return kept

    def notes(self) -> Iterator[str]:
        """Say what the universe leaves out, and what it does not know."""
        if self._universe is None:
            return
        known = self._universe.symbols
        absent = [symbol for symbol in known if symbol not in self._belongs]
        if absent:
            yield (
                f"universe: {len(absent)} of its {len(known)} symbols are not in this run, because the source lacks "
                f"them or `symbols` leaves them out: {shown(absent)}."
            )
        tested, trained = self._count("test"), self._count("train")
        if tested or trained:
            yield (
                f"universe: {tested} test and {trained} training origins were left out for all models alike, because "
                f"their symbol was no member then."
            )
        if self._universe.never_ends:
            yield (
                "universe: no symbol ever leaves it, as if today's list had been known all along. Results are those of "
                "survivors (survivorship bias), and better than could have been had. Add the symbols that left, with "
                "the dates of their membership in `from` and `to`."
            )

    def _count(self, part: str) -> int:
        """Count the origins left out, those of several folds once."""
        by_symbol: dict[str, list[IntArray]] = {}
        for symbol, rows in self._left_out[part]:
            by_symbol.setdefault(symbol, []).append(rows)
        return sum(len(np.unique(np.concatenate(parts))) for parts in by_symbol.values())
