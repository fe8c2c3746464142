"""Cutting a panel's timeline into folds, purged by target time.

Folds are cut on the sorted union of the moments at which any symbol's bar became known, so that no symbol's
future teaches another. All comparisons are between moments, never between row numbers of different symbols.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count, takewhile

import numpy as np

from workbench.contracts.arrays import BoolArray, IntArray, TimeArray
from workbench.contracts.folds import Holdout, WalkForward
from workbench.errors import DataError


@dataclass(frozen=True)
class Fold:
    """Bounds of one fold, as moments (UTC) on the panel's timeline.

    Parameters
    ----------
    number : int
        From 0, in the order of time.
    fitted_in : int
        Number of the fold whose fit serves this one (itself, unless `refit` says otherwise).
    train_from : datetime64
        First moment of a training origin of the fit that serves it.
    test_from, test_until : datetime64
        Moments of the first and last target of step 1 that are tested.
    served_from, served_until : datetime64
        The same of all folds that its fit serves, so that the fit is ignorant of what came after any of their
        origins.
    embargo : int
        Bars of the timeline left out before the test.
    """

    number: int
    fitted_in: int
    train_from: np.datetime64
    test_from: np.datetime64
    test_until: np.datetime64
    served_from: np.datetime64
    served_until: np.datetime64
    embargo: int


@dataclass(frozen=True)
class FoldRows:
    """Origins of a fold for each symbol, as row numbers of that symbol's bars.

    In the order of time: training, validation, calibration, test. Only the first two reach a fit.
    """

    train: Mapping[str, IntArray]
    validation: Mapping[str, IntArray]
    test: Mapping[str, IntArray]
    calibration: Mapping[str, IntArray] = field(default_factory=dict)

    def only_where(self, belongs: Mapping[str, BoolArray]) -> FoldRows:
        """Return the origins at which their symbol belongs, as `belongs` says row by row."""
        parts = (self.train, self.validation, self.test, self.calibration)
        return FoldRows(*({s: rows[belongs[s][rows]] for s, rows in part.items()} for part in parts))


def split_folds(folds: Holdout | WalkForward, times: TimeArray, horizon: int = 1) -> tuple[Fold, ...]:
    """Cut the timeline into folds.

    Parameters
    ----------
    folds : Holdout or WalkForward
    times : ndarray of shape (n,), datetime64
        Sorted union of the moments at which bars became known.
    horizon : int, default=1
        Steps ahead. The last block is left out where it is too short for all of them.

    Raises
    ------
    DataError
        The timeline is too short for a single test target, or for a single training origin before it.
    """
    times = times.astype("datetime64[us]")  # one unit, so that bounds print alike wherever the bars came from
    n = len(times)
    if isinstance(folds, Holdout):
        blocks = [(0, int(round((1 - folds.test_fraction) * n, 9)), n)]
        refit: bool | int = True
    else:
        blocks = _walk(folds, n, horizon)
        refit = folds.refit
    if not blocks or not 1 <= blocks[0][1] <= n - horizon:
        raise DataError(
            f"{folds} leaves nothing to train on, or nothing to test at `horizon` {horizon}: the data have {n} bars. "
            f"Ask for smaller blocks or load more."
        )
    fits = [_fitted_in(number, refit) for number in range(len(blocks))]
    last_served = dict(zip(fits, blocks, strict=True))
    return tuple(
        Fold(
            number=number,
            fitted_in=fit,
            train_from=times[blocks[fit][0]],
            test_from=times[test],
            test_until=times[end - 1],
            served_from=times[blocks[fit][1]],
            served_until=times[last_served[fit][2] - 1],
            embargo=folds.embargo,
        )
        for number, (fit, (_, test, end)) in enumerate(zip(fits, blocks, strict=True))
    )


def _walk(folds: WalkForward, n: int, horizon: int) -> list[tuple[int, int, int]]:
    """List (first training row, first test row, end of the test) of every fold."""
    train_size, test_size = _at_least_a_row(folds.train_size, n), _at_least_a_row(folds.test_size, n)
    stride = test_size if folds.stride is None else _at_least_a_row(folds.stride, n)
    starts = takewhile(lambda row: row <= n - horizon, (_row_at(n, train_size, i * stride) for i in count()))
    return [
        (
            0 if folds.expand_train else test - _row_at(n, train_size),
            test,
            min(_row_at(n, train_size, i * stride, test_size), n),
        )
        for i, test in enumerate(starts)
    ]


def _at_least_a_row(size: int | float, n: int) -> int | float:
    return size if isinstance(size, int) or n == 0 else max(size, 1 / n)


def _row_at(n: int, *sizes: int | float) -> int:
    """Return the row that lies behind blocks of these sizes, shares of `n` rows added up before they are rounded."""
    n_rows = sum(size for size in sizes if isinstance(size, int))
    return n_rows + int(round(sum(size for size in sizes if isinstance(size, float)) * n, 9))


def _fitted_in(number: int, refit: bool | int) -> int:
    if refit is True:
        return number
    return 0 if refit is False else number - number % int(refit)


def fold_rows(
    fold: Fold,
    known_at: Mapping[str, TimeArray],
    times: TimeArray,
    horizon: int,
    validation: float,
    calibration: float = 0.0,
) -> FoldRows:
    """Find the origins of a fold.

    A training origin's last target is known no later than the earliest origin of any symbol that the fit serves,
    less the embargo; so it lies before the first test target. Calibration origins are the last share of the training
    origins, and to the fit what the test is: origins before them whose targets reach past the first of them, less the
    embargo, are purged. Validation origins are the last share of what is left, and purged likewise, without embargo.

    Parameters
    ----------
    fold : Fold
    known_at : mapping of str to ndarray of datetime64
        Per symbol, when each of its bars became known.
    times : ndarray of datetime64
        The panel's timeline.
    horizon : int
        Steps ahead.
    validation, calibration : float
        Shares of all training origins set aside.
    """
    test = {s: _origins(fold.test_from, fold.test_until, known, horizon) for s, known in known_at.items()}
    limit = _embargoed(times, _earliest_origin(fold, known_at, horizon), fold.embargo)
    train = {symbol: _train_rows(fold.train_from, limit, known, horizon) for symbol, known in known_at.items()}
    return _divided(train, test, known_at, times, horizon, validation, calibration, fold.embargo)


def _divided(
    train: Mapping[str, IntArray],
    test: Mapping[str, IntArray],
    known_at: Mapping[str, TimeArray],
    times: TimeArray,
    horizon: int,
    validation: float,
    calibration: float,
    embargo: int = 0,
) -> FoldRows:
    """Set the last shares of the training origins aside: calibration nearest to the test, validation before it."""
    n_origins = len(_moments(train, known_at))
    calibrating, taught = _set_aside(train, known_at, times, horizon, round(calibration * n_origins), embargo)
    held, kept = _set_aside(taught, known_at, times, horizon, round(validation * n_origins))
    return FoldRows(kept, held, test, calibrating)


def whole_rows(
    known_at: Mapping[str, TimeArray], times: TimeArray, horizon: int, validation: float, calibration: float = 0.0
) -> tuple[Fold, FoldRows]:
    """Take the whole timeline for training, for a model that is to forecast what comes after it.

    Parameters
    ----------
    known_at, times, horizon, validation, calibration
        See `fold_rows`.

    Returns
    -------
    fold : Fold
        Number 0, with nothing to test.
    rows : FoldRows
        Every origin whose last target is there; the last shares of them are validation and calibration, purged as in
        any fold.
    """
    first, last = times[0], times[-1]
    train = {symbol: _train_rows(first, last, known, horizon) for symbol, known in known_at.items()}
    fold = Fold(0, 0, first, last, last, last, last, embargo=0)
    nothing = {symbol: rows[:0] for symbol, rows in train.items()}
    return fold, _divided(train, nothing, known_at, times, horizon, validation, calibration)


def _origins(first: np.datetime64, last: np.datetime64, known: TimeArray, horizon: int) -> IntArray:
    """Origins whose first target is known from `first` to `last`, and whose last target is there."""
    rows = np.arange(max(len(known) - horizon, 0))
    target = known[rows + 1]
    return rows[(target >= first) & (target <= last)]


def _earliest_origin(fold: Fold, known_at: Mapping[str, TimeArray], horizon: int) -> np.datetime64:
    """When the first forecast of the fit is made; it may use nothing known later."""
    served = {s: _origins(fold.served_from, fold.served_until, known, horizon) for s, known in known_at.items()}
    moments = [known_at[s][rows[0]] for s, rows in served.items() if len(rows)]
    return min(moments, default=fold.served_from)


def _embargoed(times: TimeArray, moment: np.datetime64, embargo: int) -> np.datetime64:
    position = int(np.searchsorted(times, moment, side="right")) - 1 - embargo
    earliest: np.datetime64 = times[0] - np.timedelta64(1, "s")
    return earliest if position < 0 else times[position]


def _train_rows(start: np.datetime64, limit: np.datetime64, known: TimeArray, horizon: int) -> IntArray:
    """Origins from `start` on whose last target is known at `limit` or before."""
    rows = np.arange(max(len(known) - horizon, 0))
    return rows[(known[rows] >= start) & (known[rows + horizon] <= limit)]


def _set_aside(
    rows: Mapping[str, IntArray],
    known_at: Mapping[str, TimeArray],
    times: TimeArray,
    horizon: int,
    n_held: int,
    embargo: int = 0,
) -> tuple[dict[str, IntArray], dict[str, IntArray]]:
    """Return, per symbol, the rows of the last moments and those whose targets are known before them."""
    origins = _moments(rows, known_at)
    if n_held == 0 or not len(origins):
        return {s: own[:0] for s, own in rows.items()}, dict(rows)
    start = origins[-n_held:][0]
    limit = _embargoed(times, start, embargo)
    held = {s: own[known_at[s][own] >= start] for s, own in rows.items()}
    kept = {s: own[known_at[s][own + horizon] <= limit] for s, own in rows.items()}
    return held, kept


def _moments(rows: Mapping[str, IntArray], known_at: Mapping[str, TimeArray]) -> TimeArray:
    """Moments at which any symbol has an origin, sorted."""
    found: TimeArray = np.unique(np.concatenate([known_at[s][own] for s, own in rows.items()]))
    return found
