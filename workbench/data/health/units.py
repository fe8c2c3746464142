"""Jumps by a hundred or a thousand: cents for dollars, or a decimal mark taken for one of thousands."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.contracts.arrays import IntArray
from workbench.data.health.inspected import Inspected
from workbench.data.health.records import Problem, problem
from workbench.data.health.splits import declared_splits, explained_by_adj_close
from workbench.data.health.texts import counted, number

_FACTORS = (100.0, 1_000.0, 1e6)


def find_unit_jumps(seen: Inspected) -> IntArray:
    """Return the positions, among the bars that traded, at which the close jumps by near 100, 1000 or a million."""
    return np.flatnonzero(_powers(seen)) + 1


def _powers(seen: Inspected) -> IntArray:
    """Return, for each move, 2, 3 or 6 where it is near that power of ten, negative for falls, else 0."""
    powers = np.nan_to_num(seen.log_moves) / np.log(10.0)
    slack = float(np.clip(4 * seen.usual_move, 0.1, 0.3)) / np.log(10.0)
    whole = np.rint(powers)
    near = (np.abs(powers - whole) <= slack) & np.isin(np.abs(whole), np.log10(_FACTORS))
    if (seen.traded[:, 3] < 0).any():
        near[:] = False  # prices that cross nought come to any ratio
    declared = declared_splits(seen)
    if declared is not None:
        near &= declared[1:] == 1
    for move in np.flatnonzero(near):
        near[move] = not explained_by_adj_close(seen, np.array([move + 1]))
    found: IntArray = np.where(near, whole, 0).astype("int64")
    return found


def report_unit_jumps(seen: Inspected) -> Iterator[Problem]:
    """Say where prices are in another unit than most, and by what they are off; declared splits are none."""
    powers = _powers(seen)
    if not powers.any():
        return
    level = np.concatenate([[0], np.cumsum(powers)])
    levels, counts = np.unique(level, return_counts=True)
    off = np.flatnonzero(level != levels[counts.argmax()])
    position = int(np.flatnonzero(powers)[0]) + 1
    before, after = (number(float(seen.traded[p, 3])) for p in (position - 1, position))
    factor = f"{10 ** abs(int(powers[position - 1])):,}"
    rows = seen.rows[off]
    yield problem(
        "unit_jump",
        f"{counted(len(rows), 'bar')} in another unit than the others: the close goes from {before} to {after} on "
        f"{seen.named(seen.rows[[position]])[0]}, near a factor of {factor}.",
        "Correct these prices in the file: a decimal mark may have been read as one of thousands, or pence stand among "
        "pounds. If it was a split, add a column `split_factor` and set `adjust='splits'`.",
        rows=len(rows),
        at=seen.named(rows),
    )
