"""Telling rows that were filled from rows that were computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.contracts.arrays import FloatArray

_FEWEST = 5
"""Rows that have to be equal; a cumulative return, a counter or a smoothed series begins with one that is given."""
_RARE = 0.01
"""Share of the later rows that may hold the constant too."""


def n_filled(answers: Sequence[FloatArray]) -> int:
    """Return how many rows at the start were filled with a constant, or 0.

    They hold one number in all answers and end at the same row; the number is rare afterwards, and what comes then
    depends on the bars. A column that only counts its rows, such as a flag for a young listing, is not filled.

    Parameters
    ----------
    answers : sequence of ndarray of shape (n_rows,)
        One column, computed from several series of bars.
    """
    constant = answers[0][0]
    lengths = {_run(answer, constant) for answer in answers}
    n = min(lengths)
    if len(lengths) > 1 or n < _FEWEST or n == min(map(len, answers)):
        return 0
    later = [answer[n:] for answer in answers]
    if any(np.mean(rows == constant) > _RARE for rows in later):
        return 0
    shortest = min(map(len, later))
    follows_bars = any(not np.array_equal(rows[:shortest], later[0][:shortest], equal_nan=True) for rows in later[1:])
    return n if follows_bars else 0


def _run(answer: FloatArray, constant: float) -> int:
    """Return how many rows at the start equal a constant."""
    other = answer != constant  # NaN differs from everything
    return int(other.argmax()) if other.any() else len(answer)
