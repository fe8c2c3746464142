"""Paths of recursive forecasts: the bars that forecasts have made so far, and the windows that end in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from workbench.contracts.arrays import Float32Array, FloatArray, IntArray, TimeArray
from workbench.contracts.calling import calling
from workbench.contracts.feature import Feature
from workbench.contracts.origin import described
from workbench.contracts.windows import Windows
from workbench.errors import DataError, PluginError
from workbench.evaluation.samples import Samples, make_windows

_DAY = np.timedelta64(1, "D")
_BARS_LOOKED_AT = 250
"""Newest bars whose labels say how those to come are labelled."""


@dataclass(frozen=True, eq=False)
class PathWindows(Windows):
    """Windows that each end at the newest bar of a path of their own: bars up to an origin, then forecast ones.

    The rows of each window stand in `values` on their own, one origin after another, so that no window can reach
    the bars of another; there are no rows before a window's first. They are computed when `values` is first read:
    many forecasters go by the history alone.

    Parameters
    ----------
    rows : ndarray of shape (n,), int64
        Row of the last real bar of each path among the bars of its symbol.
    steps : ndarray of shape (n, k), float64
        One-step forecasts that were made so far, in target units.
    """

    rows: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    steps: FloatArray = field(default_factory=lambda: np.empty((0, 0)))

    @property  # type: ignore[misc]  # read from where the field keeps it
    def values(self) -> Float32Array:
        """Feature rows, or what makes them until they are first read."""
        kept = self.__dict__["values"]
        if callable(kept):
            kept = self.__dict__["values"] = kept()
        rows: Float32Array = kept
        return rows

    @values.setter
    def values(self, rows: Float32Array | Callable[[], Float32Array]) -> None:
        self.__dict__["values"] = rows

    def history(self, i: int) -> FloatArray:
        """Realised one-step target series of origin `i`'s symbol, its own forecasts at the end of it."""
        known = self.realised[str(self.symbols[i])][: self.rows[i] + 1]
        return np.concatenate([known, self.steps[i]])

    def subset(self, index: IntArray) -> PathWindows:
        """The same block with some of its origins."""
        return replace(
            self,
            values=self.__dict__["values"],
            ends=self.ends[index],
            symbols=self.symbols[index],
            origins=self.origins[index],
            last_price=self.last_price[index],
            y=None if self.y is None else self.y[index],
            rows=self.rows[index],
            steps=self.steps[index],
        )


class ForecastPaths:
    """What has been forecast from each origin of a block, bar by bar.

    Parameters
    ----------
    samples : Samples
        Of a horizon of one bar. Nothing after an origin is read for its path.
    test : mapping of str to ndarray of int
        Origins per symbol, increasing.
    features : sequence of (label, feature)
        All of them compute from closes alone.
    horizon : int
        Bars that a path will have.
    """

    def __init__(
        self,
        samples: Samples,
        test: Mapping[str, IntArray],
        features: Sequence[tuple[str, Feature]],
        horizon: int,
    ) -> None:
        import pandas as pd

        self._block = make_windows(samples, test, with_targets=False)
        self._features = features
        first = np.array([self._block.first_rows[s] for s in self._block.symbols], dtype=np.int64)
        self._rows: IntArray = self._block.ends - first
        self._parts = [samples.by_symbol[str(s)] for s in self._block.symbols]
        pairs = zip(self._parts, self._rows, strict=True)
        self._ahead = np.stack([labels_ahead(part.labels[: row + 1], horizon) for part, row in pairs])
        self._values: Float32Array = self._block.batch()
        self.steps = np.empty((len(self._block), 0))
        """One-step forecasts so far, of shape (n, bars so far)."""
        self._prices = np.empty((len(self._block), 0))
        self._columns = pd.Index(["close"])

    def windows(self) -> PathWindows:
        """Return windows that end at the newest bar of each path; everything in them is a copy.

        Whoever reads their features may get the errors of `PluginError` and `DataError` that computing them gives: a
        feature raised, its answer does not fit the bars, or it is undefined at a forecast bar.
        """
        block, n_bars = self._block, self.steps.shape[1]
        n, lookback = len(block), block.lookback
        return PathWindows(
            values=lambda: self._rows_up_to(n_bars),  # type: ignore[arg-type]
            ends=np.arange(1, n + 1) * lookback - 1,
            lookback=lookback,
            horizon=1,
            feature_names=block.feature_names,
            symbols=block.symbols.copy(),
            origins=(self._ahead[:, n_bars - 1] if n_bars else block.origins).copy(),
            last_price=(self._prices[:, -1] if n_bars else block.last_price).copy(),
            first_rows={s: int(np.flatnonzero(block.symbols == s)[0]) * lookback for s in block.first_rows},
            realised={s: known.copy() for s, known in block.realised.items()},
            rows=self._rows.copy(),
            steps=self.steps.copy(),
        )

    def extend(self, steps: FloatArray, prices: FloatArray) -> None:
        """Add a forecast bar to every path.

        Parameters
        ----------
        steps : ndarray of shape (n,)
            Forecast of the next bar, in target units.
        prices : ndarray of shape (n,)
            Its close.

        Raises
        ------
        DataError
            A price is not finite.
        """
        if not np.isfinite(prices).all():
            i = int(np.argmin(np.isfinite(prices)))
            raise DataError(
                f"{self._path(i)} ends at step {self.steps.shape[1] + 1}: a forecast of {steps[i]:g} gives no price to "
                f'go on from. Ask for `multi_step = "direct"`, or for another target.'
            )
        self.steps = np.column_stack([self.steps, steps])
        self._prices = np.column_stack([self._prices, prices])

    def _rows_up_to(self, n_bars: int) -> Float32Array:
        """Return the feature rows of all windows that end `n_bars` after the origins, one window after another."""
        lookback, n_features = self._block.lookback, self._block.n_features
        n_missing = lookback + n_bars - self._values.shape[1]
        if n_missing > 0:
            newest = np.stack([self._features_of(i, n_bars)[-n_missing:] for i in range(len(self._block))])
            with np.errstate(over="ignore"):  # what single precision cannot hold is undefined
                self._add(newest.astype(np.float32))
        window: Float32Array = self._values[:, n_bars : n_bars + lookback].copy()
        return window.reshape(-1, n_features)

    def _features_of(self, i: int, n_bars: int) -> FloatArray:
        """Compute every feature on the whole path of one origin, real bars and forecast ones alike."""
        import pandas as pd

        row = self._rows[i] + 1
        close = np.concatenate([self._parts[i].close[:row], self._prices[i, :n_bars]])
        labels = pd.DatetimeIndex(np.concatenate([self._parts[i].labels[:row], self._ahead[i, :n_bars]]))
        columns = []
        for _, feature in self._features:
            bars = pd.DataFrame(close[:, None].copy(), index=labels, columns=self._columns)  # a close and nothing else
            try:
                with calling(feature, "compute"):
                    answer = feature.compute(bars)
            except DataError as err:
                raise DataError(self._refusal(i, feature, n_bars, err)) from err
            columns.append(_as_columns(feature, answer, len(labels)))
        found = np.concatenate(columns, axis=1)
        if found.shape[1] != self._block.n_features:
            raise PluginError(
                f"the features gave {self._block.n_features} columns for the bars of the data, but {found.shape[1]} "
                f"for bars with forecasts at the end."
            )
        return found

    def _refusal(self, i: int, feature: Feature, n_bars: int, err: DataError) -> str:
        """Say that it was a forecast bar that a feature refused: it took all bars of the data."""
        made = self._prices[i, :n_bars]
        step = int((made > 0).argmin()) if (made <= 0).any() else n_bars - 1
        return (
            f"{self._path(i)} ends at step {step + 1}: the forecaster's own forecasts went to a close of "
            f"{made[step]:g} there, which is not in the data, and the feature {feature.label!r} refuses it ({err}). "
            f'Ask for `multi_step = "direct"`, for another target such as `log_return`, whose forecasts keep prices '
            f"positive, or for another feature, such as `column`."
        )

    def _add(self, rows: Float32Array) -> None:
        """Keep feature rows of forecast bars, of shape (n, bars, n_features)."""
        if not np.isfinite(rows).all():
            i, bar, column = np.argwhere(~np.isfinite(rows))[0]
            step = self._values.shape[1] - self._block.lookback + bar
            raise DataError(
                f"{self._path(i)} ends at step {step + 1}: the feature {self._block.feature_names[column]!r} is "
                f"undefined at a forecast close of {self._prices[i, step]:g}. Leave it out, or ask for `multi_step = "
                f'"direct"`.'
            )
        self._values = np.concatenate([self._values, rows], axis=1)

    def _path(self, i: int) -> str:
        return f"the recursive forecast of {str(self._block.symbols[i])!r} from {str(self._block.origins[i])[:19]}"


def _as_columns(feature: Feature, answer: Any, n_bars: int) -> FloatArray:
    """Return a feature's answer as an array of shape (n_bars, n_columns)."""
    if not hasattr(answer, "index") or np.shape(answer)[:1] != (n_bars,):
        raise PluginError(
            f"{described(feature)} did not return a row for each of the {n_bars} bars, forecasts at the end."
        )
    with calling(feature, "compute"):
        values = np.asarray(answer, dtype=np.float64)
    return values.reshape(n_bars, -1)


def labels_ahead(labels: TimeArray, n: int) -> TimeArray:
    """Label the bars to come as those before them are: at their usual distance, on the weekdays that had bars.

    Holidays are not known, so a label is a guess; what is computed from closes does not depend on it.

    Parameters
    ----------
    labels : ndarray of shape (n_bars,), datetime64
        Of the bars that are known.
    n : int
        How many to return.
    """
    known = labels[-_BARS_LOOKED_AT:]
    gaps = np.sort(np.diff(known))
    usual = gaps[len(gaps) // 2] if len(gaps) else _DAY.astype("timedelta64[us]")
    ahead = np.arange(1, n + 1)
    days = known.astype("datetime64[D]")
    if usual != _DAY or (days != known).any():
        later: TimeArray = known[-1] + ahead * usual
        return later
    weekdays = (days.astype(np.int64) + 3) % 7  # the epoch was a Thursday, and Monday is 0
    mask = np.isin(np.arange(7), weekdays)
    found: TimeArray = np.busday_offset(days[-1], ahead, weekmask=mask).astype(labels.dtype)
    return found
