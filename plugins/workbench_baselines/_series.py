"""The realised series of each symbol, for forecasters that go bar by bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench import DataError, FloatArray, Target, Windows

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Series:
    """What one symbol of a block has realised, and where its origins are in it.

    Parameters
    ----------
    symbol : str
    places : ndarray of shape (m,), int
        Which windows of the block are of this symbol.
    rows : ndarray of shape (m,), int
        Row of each of their origins in the series.
    values : ndarray of shape (rows up to the last origin,), float64
        One-step target as it became known, in target units; NaN where it is undefined.
    """

    symbol: str
    places: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    values: FloatArray


def series_of(windows: Windows) -> Iterator[Series]:
    """Yield the series of each symbol of a block; of windows that go on from forecasts, that of each one."""
    for symbol in dict.fromkeys(map(str, windows.symbols)):
        places = np.flatnonzero(windows.symbols == symbol)
        rows = windows.ends[places] - windows.first_rows[symbol]
        if len(windows.history(int(places[0]))) == rows[0] + 1:
            yield Series(symbol, places, rows, windows.realised[symbol][: int(rows.max()) + 1])
            continue
        for place in places:  # each has forecasts of its own at the end of its history
            values = windows.history(int(place))
            yield Series(symbol, np.array([place]), np.array([len(values) - 1]), values)


def series_to_continue(windows: Windows, label: str) -> Iterator[Series]:
    """Yield the series of each symbol of a block that is to be forecast.

    Raises
    ------
    DataError
        A symbol has no defined value up to one of its origins.
    """
    for series in series_of(windows):
        first = int(series.rows.argmin())
        if not np.isfinite(series.values[: series.rows[first] + 1]).any():
            raise DataError(
                f"{label!r} continues the series of {series.symbol}, which has no defined value up to the origin "
                f"{windows.origins[series.places[first]]}. Start later, or load more history."
            )
        yield series


def training_values(windows: Windows, label: str) -> dict[str, FloatArray]:
    """Return what each symbol realised over its training block: from the first window's first bar to the last origin.

    Those are the bars that every other forecaster of the experiment is trained on.

    Raises
    ------
    DataError
        A symbol has no defined value there.
    """
    found = {}
    for series in series_of(windows):
        found[series.symbol] = values = series.values[max(int(series.rows.min()) - windows.lookback + 1, 0) :]
        if not np.isfinite(values).any():
            raise DataError(f"{label!r} has no defined value of {series.symbol} to learn from; load more history.")
    return found


def check_steps(target: Target, horizon: int) -> None:
    """Refuse, before anything is computed, a target that cannot add up forecasts of single bars.

    Raises
    ------
    DataError
        By the target.
    """
    target.from_steps(np.zeros((1, horizon)), np.ones(1))
