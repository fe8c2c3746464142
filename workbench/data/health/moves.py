"""Prices that jump: splits nobody adjusted for, bad ticks, and moves that were real."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.contracts.arrays import BoolArray, FloatArray, IntArray
from workbench.data.health.inspected import SHOWN, Inspected
from workbench.data.health.records import Problem, problem
from workbench.data.health.splits import check_applied, find_splits, report_splits
from workbench.data.health.texts import counted, number
from workbench.data.health.units import find_unit_jumps, report_unit_jumps

_WILD = 8.0
"""Usual moves that make one worth a look."""
_WILD_THERE = 6.0
_AROUND = 10
"""The same, of the moves of so many bars before and after."""
_LARGE = 0.2
"""Smallest log return that is called large: 20 %."""
_WICK = 0.3
"""Smallest distance of high or low from the other prices, in logs, that is taken for a bad tick."""


def check_moves(seen: Inspected) -> Iterator[Problem]:
    """Look at every move from one bar to the next; each is reported once, as what it most likely is."""
    if len(seen.rows) < 3:
        return
    units = find_unit_jumps(seen)
    splits = find_splits(seen, units)
    spikes = np.setdiff1d(_spikes(seen), units)
    yield from report_unit_jumps(seen)
    yield from report_splits(seen, splits)
    yield from check_applied(seen)
    yield from _report_spikes(seen, spikes)
    yield from _large_moves(seen, np.union1d(splits.positions, units), spikes)


def _spikes(seen: Inspected) -> IntArray:
    """Positions, among the bars that traded, whose close is far off both neighbours, which agree."""
    move = np.nan_to_num(seen.log_moves)
    there, back = move[:-1], move[1:]
    size = np.minimum(np.abs(there), np.abs(back))
    wild = size > np.maximum(_WILD * seen.usual_move, 0.02)
    reverts = (np.sign(there) == -np.sign(back)) & (
        np.abs(there + back) < 0.25 * np.maximum(np.abs(there), np.abs(back))
    )
    positions: IntArray = np.flatnonzero(wild & reverts) + 1
    return positions[[_is_wild_there(move, position) for position in positions]] if len(positions) else positions


def _is_wild_there(move: FloatArray, position: int) -> bool:
    """Whether the moves to and from a bar are far above those around it: in a panic, many are as large."""
    around = np.abs(
        np.concatenate([move[max(position - 1 - _AROUND, 0) : position - 1], move[position + 1 :][:_AROUND]])
    )
    own = np.abs(move[position - 1 : position + 1]).min()
    return bool(own > _WILD_THERE * np.median(around) / 0.6745) if len(around) else True


def _wicks(seen: Inspected) -> IntArray:
    """Positions of bars whose high or low alone is far off."""
    open_, high, low, close = seen.traded.T
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.log(high / np.fmax(open_, close))
        below = np.log(np.fmin(open_, close) / low)
    far = max(_WICK, 10 * seen.usual_move)
    positions: IntArray = np.flatnonzero((np.fmax(above, below) > far) & (seen.traded > 0).all(axis=1))
    return positions


def _report_spikes(seen: Inspected, spikes: IntArray) -> Iterator[Problem]:
    wicks = np.setdiff1d(_wicks(seen), spikes)
    found = np.union1d(spikes, wicks)
    if not len(found):
        return
    worst = [_spike(seen, position) for position in spikes[:3]]
    worst += [_wick(seen, position) for position in wicks[: 3 - len(worst)]]
    yield problem(
        "spike",
        f"{counted(len(found), 'bar')} with a price that is far off for that bar only: {'; '.join(worst)}.",
        "Compare with another source. If it is a bad tick, correct the bar in the file, or empty its prices and set "
        "`missing`.",
        rows=len(found),
        at=seen.named(seen.rows[found]),
    )


def _spike(seen: Inspected, position: int) -> str:
    before, here, after = (number(float(seen.traded[position + k, 3])) for k in (-1, 0, 1))
    return f"close {before}, {here}, {after} around {seen.named(seen.rows[[position]])[0]}"


def _wick(seen: Inspected, position: int) -> str:
    _, high, low, close = (number(float(price)) for price in seen.traded[position])
    return f"high {high} and low {low} beside a close of {close} on {seen.named(seen.rows[[position]])[0]}"


def _large_moves(seen: Inspected, told: IntArray, spikes: IntArray) -> Iterator[Problem]:
    move = np.nan_to_num(seen.log_moves)
    large: BoolArray = np.abs(move) > max(_LARGE, _WILD * seen.usual_move)
    large[told - 1] = False
    large[spikes - 1] = False
    large[np.minimum(spikes, len(large) - 1)] = False
    if not large.any():
        return
    positions = np.flatnonzero(large) + 1
    ordered = positions[np.argsort(-np.abs(move[positions - 1]), kind="stable")][:3]
    named = [
        f"{np.expm1(move[position - 1]):+.1%} on {seen.named(seen.rows[[position]])[0]}" for position in sorted(ordered)
    ]
    more = ", ..." if len(positions) > 3 else ""
    yield problem(
        "large_move",
        f"{counted(len(positions), 'large move')} that stayed: {', '.join(named)}{more}.",
        "Nothing needs to be done if these were real; errors on those days will weigh heavily.",
        rows=len(positions),
        at=seen.named(seen.rows[positions[:SHOWN]]),
    )
