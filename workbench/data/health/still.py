"""Series that do not move, and trading that is not there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.contracts.arrays import BoolArray, IntArray
from workbench.data.health.inspected import SHOWN, Inspected
from workbench.data.health.records import Problem, problem
from workbench.data.health.texts import counted

_SAME = {"ranged": 3, "flat": 5, "intraday": 30}
"""Bars in a row with the same prices before they are stale: bars with a range, flat ones, flat intraday ones."""
_QUIET = 5


def check_constant(seen: Inspected) -> Iterator[Problem]:
    """Report a series that never moves."""
    close = seen.traded[:, 3]
    if len(close) > 1 and close.min() == close.max():
        yield problem(
            "constant",
            f"Every close is {close[0]:g}: there is nothing to forecast.",
            "Check that the right column was read as the close, or choose another series.",
            rows=len(close),
            at=seen.named(seen.rows),
        )


def check_stale(seen: Inspected) -> Iterator[Problem]:
    """Report the same four prices repeated bar after bar."""
    if len(seen.rows) < 2 or seen.traded[:, 3].min() == seen.traded[:, 3].max():
        return
    same = (seen.traded[1:] == seen.traded[:-1]).all(axis=1)
    starts, lengths = _runs(same)
    lengths = lengths + 1  # n repetitions are n + 1 bars
    flat = seen.traded[starts, 1] == seen.traded[starts, 2]
    needed = np.where(flat, _SAME["intraday" if seen.interval.is_intraday else "flat"], _SAME["ranged"])
    stale = lengths >= needed
    if not stale.any():
        return
    first, most = seen.rows[starts[stale]], int(lengths[stale].max())
    longest = seen.rows[[starts[lengths.argmax()]]]
    yield problem(
        "stale",
        f"The same open, high, low and close repeated: {counted(len(first), 'run')}, the longest of {most} bars from "
        f"{seen.named(longest)[0]} on.",
        "A feed that hangs, or days filled forward, teach a model that nothing happens. Leave the repeated bars out of "
        "the file, or fetch them again.",
        rows=int(lengths[stale].sum()),
        at=seen.named(first[:SHOWN]),
    )


def check_volume(seen: Inspected) -> Iterator[Problem]:
    """Report volume that is missing or zero."""
    if not len(seen.rows):
        return
    none = ~(seen.volume > 0)
    if none.all():
        words = "no volume" if np.isnan(seen.volume).all() else "a volume of zero or none in every bar"
        yield problem("no_volume", f"The series has {words}.", "Leave out features that read `volume`.", rows=len(none))
        return
    if not none.any():
        return
    starts, lengths = _runs(none)
    long = lengths >= _QUIET
    if long.any() and not seen.interval.is_intraday:
        first = seen.rows[starts[long]]
        yield problem(
            "zero_volume_run",
            f"{counted(len(first), 'run')} of {_QUIET} bars or more without volume, the longest {lengths.max()} from "
            f"{seen.named(seen.rows[[starts[lengths.argmax()]]])[0]} on.",
            "Nobody could have traded there, or the volume is not known. Start later, or leave out features that read "
            "`volume`.",
            rows=int(lengths[long].sum()),
            at=seen.named(first[:SHOWN]),
        )
    rest = none.copy()
    if not seen.interval.is_intraday:
        for start, length in zip(starts[long], lengths[long], strict=True):
            rest[start : start + length] = False
    if rest.any():
        rows = seen.rows[rest]
        yield problem(
            "some_volume",
            f"{counted(len(rows), 'bar')} of {len(none):,} without volume.",
            "Features that read `volume` are odd or undefined there.",
            rows=len(rows),
            at=seen.named(rows),
        )


def _runs(flags: BoolArray) -> tuple[IntArray, IntArray]:
    """Return starts and lengths of the runs of True."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return starts, ends - starts
