"""Overnight jumps that look like a split, and splits that are declared but not to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from workbench.contracts.arrays import BoolArray, FloatArray, IntArray
from workbench.data.health.inspected import Inspected
from workbench.data.health.records import Problem, problem
from workbench.data.health.texts import counted, number

_RATIOS = {
    **{float(k): f"{k}:1" for k in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100)},
    1.5: "3:2",
    2 / 3: "2:3",
    **{1.0 / k: f"1:{k}" for k in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100)},
}
"""New shares for old, as they usually are. 4:3 and 5:4 are left out: crashes come as near."""
_CLEAR = np.log(1.8)
"""Jumps beyond which a ratio tells much by itself; below, trading has to agree in every respect."""
_BEFORE = 20
"""Bars that tell how much is usually traded."""
_LARGEST_PLAIN = np.log(20.5)
"""Jumps beyond which a ratio is taken for a split only where all prices are far from nought."""


@dataclass(frozen=True, eq=False)
class Splits:
    """Suspected splits: positions among the bars that traded, and new shares for each old one."""

    positions: IntArray
    factors: FloatArray


def find_splits(seen: Inspected, told: IntArray) -> Splits:
    """Find jumps that look like an unadjusted split.

    A split happens while the market is closed, near a usual ratio, and stays. Nobody trades more value because of
    it: the number of shares rises as the price falls. A crash comes with several times the usual value and a wide
    range, which is how the two are told apart. Jumps at the positions `told` are something else.
    """
    jumps = seen.log_moves
    positions = np.setdiff1d(np.flatnonzero(np.abs(np.nan_to_num(jumps)) > 0.3) + 1, told)
    if not len(positions):
        return Splits(positions, np.empty(0))
    factors, near = _nearest(seen, positions)
    near &= _is_far_from_nought(seen, positions, factors)
    found = near & _overnight(seen, positions) & _stays(seen, positions) & _trades_as_usual(seen, positions)
    return Splits(positions[found], factors[found])


def _nearest(seen: Inspected, positions: IntArray) -> tuple[FloatArray, BoolArray]:
    """Return the nearest usual ratio, and whether it is near enough for how much these prices move."""
    factors = np.array(sorted(_RATIOS))
    logs = np.log(factors)
    before = seen.traded[positions - 1, 3]
    at_open, at_close = (_log(before, seen.traded[positions, column]) for column in (0, 3))
    jump = np.where(np.isnan(at_open), at_close, at_open)
    best = np.abs(jump[:, None] - logs[None, :]).argmin(axis=1)
    slack = float(np.clip(4 * seen.usual_move, 0.03, 0.10)) if not seen.interval.is_intraday else 0.06
    allowed = np.where(np.abs(logs[best]) > _CLEAR, slack, min(slack, 0.04))
    near = (np.abs(jump - logs[best]) <= allowed) & (np.abs(at_close - logs[best]) <= 2.5 * allowed)
    return factors[best], near


def _is_far_from_nought(seen: Inspected, positions: IntArray, factors: FloatArray) -> BoolArray:
    """Whether prices can have a ratio at all: those that cross nought come to any."""
    close = seen.traded[:, 3]
    if (close > 0).all():
        return np.ones(len(positions), dtype=bool)
    beside = [(close[max(position - _BEFORE, 0) : position + _BEFORE] > 0).all() for position in positions]
    usual = float(np.nanmedian(np.abs(close)))
    smaller = np.minimum(np.abs(close[positions - 1]), np.abs(close[positions]))
    far: BoolArray = np.array(beside) & (np.abs(np.log(factors)) < _LARGEST_PLAIN) & (smaller > 0.02 * usual)
    return far


def _log(above: FloatArray, below: FloatArray) -> FloatArray:
    """Return the logarithm of a ratio, NaN where it has none."""
    positive = (above > 0) & (below > 0)
    logs: FloatArray = np.log(np.where(positive, above, np.nan)) - np.log(np.where(positive, below, np.nan))
    return logs


def _overnight(seen: Inspected, positions: IntArray) -> BoolArray:
    days = seen.dates[seen.rows]
    overnight: BoolArray = days[positions] != days[positions - 1]
    return overnight


def _stays(seen: Inspected, positions: IntArray) -> BoolArray:
    """Whether the next close is nearer to the new level than to the old one."""
    after = np.minimum(positions + 1, len(seen.rows) - 1)
    close = seen.traded[:, 3]
    back = np.abs(_log(close[after], close[positions]))
    stays: BoolArray = ~(back > 0.5 * np.abs(seen.log_moves[positions - 1]))
    return stays


def _trades_as_usual(seen: Inspected, positions: IntArray) -> BoolArray:
    _, high, low, close = seen.traded.T
    ranges, volume, value = _log(high, low), seen.volume, seen.volume * close
    usual_range = float(np.nanmedian(ranges)) if np.isfinite(ranges).any() else np.nan
    usual: BoolArray = np.ones(len(positions), dtype=bool)
    for row, position in enumerate(positions):
        # Some vendors adjust volume but no prices: then the shares traded stay as usual, rather than their value.
        surge = min(_surge(value, position), _surge(volume, position))
        wide = ranges[position] / usual_range if usual_range and not seen.interval.is_intraday else np.nan
        clear = abs(seen.log_moves[position - 1]) > _CLEAR
        usual[row] = _is_calm(surge, float(wide), bool(clear))
    return usual


def _surge(traded: FloatArray, position: int) -> float:
    """Return what a bar traded as a multiple of what is usual before it; NaN where that is unknown."""
    earlier = traded[max(position - _BEFORE, 0) : position]
    known = earlier[earlier > 0]
    return float(traded[position] / np.median(known)) if len(known) else float("nan")


def _is_calm(surge: float, wide: float, clear: bool) -> bool:
    """Judge the value traded and the range of the day, as multiples of the usual ones; NaN is unknown."""
    if np.isnan(surge):
        return clear and not wide > 4
    return not surge > (4 if clear else 2) and not wide > (6 if clear else 3)


def report_splits(seen: Inspected, splits: Splits) -> Iterator[Problem]:
    """Say of each suspected split how large it is, and what adjusts for it."""
    if not len(splits.positions):
        return
    rows = seen.rows[splits.positions]
    named = [_named(seen, splits, k) for k in range(min(len(rows), 3))]
    more = f"; and {len(rows) - 3} more" if len(rows) > 3 else ""
    yield problem(
        "split",
        f"Looks like an unadjusted {'; '.join(named)}{more}.",
        _advice(seen, splits),
        rows=len(rows),
        at=seen.named(rows),
    )


def _named(seen: Inspected, splits: Splits, k: int) -> str:
    position = splits.positions[k]
    before, after = (number(float(seen.traded[p, 3])) for p in (position - 1, position))
    ratio = _RATIOS[float(splits.factors[k])]
    return f"{ratio} split on {seen.named(seen.rows[[position]])[0]} (close {before}, then {after})"


def _advice(seen: Inspected, splits: Splits) -> str:
    declared = declared_splits(seen)
    if seen.adjust != "none":
        return (
            'Prices jump after they were adjusted, so the source had adjusted them already: use `adjust = "none"`, and '
            "correct the column that names the split."
        )
    if declared is not None and np.allclose(declared[splits.positions], splits.factors, rtol=0.05):
        return "The column `split_factor` names it: set `adjust='splits'` (`--set adjust=splits`)."
    if explained_by_adj_close(seen, splits.positions):
        return "The column `adj_close` does not jump there: set `adjust='all'` (`--set adjust=all`)."
    first = seen.named(seen.rows[splits.positions[:1]])[0]
    factor = number(float(splits.factors[0]))
    return (
        f"If it is one, add a column `split_factor` ({factor} on {first}, else 1) and set `adjust='splits'`, or get "
        "adjusted prices. If the move was real, nothing has to be done."
    )


def declared_splits(seen: Inspected) -> FloatArray | None:
    """Return the split factors of the bars that traded, 1 where none is given."""
    for name in ("split_factor", "splitfactor"):
        if name in seen.bars.columns:
            factors = seen.bars[name].to_numpy(dtype="float64")[seen.rows]
            return np.where(factors > 0, factors, 1.0)
    return None


def explained_by_adj_close(seen: Inspected, positions: IntArray) -> bool:
    """Whether there is an adjusted close that does not jump at any of some positions."""
    if "adj_close" not in seen.bars.columns:
        return False
    adjusted = seen.bars["adj_close"].to_numpy(dtype="float64")[seen.rows]
    return bool((np.abs(_log(adjusted[positions], adjusted[positions - 1])) < 0.25).all())


def check_applied(seen: Inspected) -> Iterator[Problem]:
    """Report splits that a column declares where prices do not jump: adjusting would then make the jump."""
    declared = declared_splits(seen)
    if declared is None or seen.adjust != "none":
        return
    positions = np.flatnonzero(np.abs(np.log(declared[1:])) > 0.1) + 1
    if not len(positions):
        return
    close = seen.traded[:, 3]
    expected = np.log(declared[positions])
    left = _log(close[positions - 1], close[positions]) / expected
    rows = seen.rows[positions[left < 0.5]]
    if len(rows):
        yield problem(
            "split_already_applied",
            f"`split_factor` names {counted(len(rows), 'split')} where the price does not jump, the first on "
            f"{seen.named(rows)[0]}: prices are adjusted already.",
            'Leave `adjust` at "none"; "splits" would adjust twice.',
            rows=len(rows),
            at=seen.named(rows),
        )
