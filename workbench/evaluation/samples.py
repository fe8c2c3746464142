"""Features and targets of a whole panel, aligned row by row; windows are cut from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import BoolArray, Float32Array, FloatArray, IntArray, TimeArray
from workbench.contracts.calling import calling
from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.origin import described
from workbench.contracts.panel import Panel
from workbench.contracts.target import Target
from workbench.contracts.windows import Windows
from workbench.errors import DataError, PluginError

if TYPE_CHECKING:
    import pandas as pd

_OFTEN = 0.1
"""Share of the rows after its first value that a feature lacks when it is worth naming."""


@dataclass(frozen=True, eq=False)
class SymbolSamples:
    """Everything the evaluation needs of one symbol, one row per bar.

    Parameters
    ----------
    values : ndarray of shape (n, n_features), float32
    y : ndarray of shape (n, horizon), float64
        NaN where the future is not there yet.
    realised : ndarray of shape (n,)
        One-step target as it became known.
    close : ndarray of shape (n,)
    known_at, labels : ndarray of shape (n,), datetime64
        Moment at which the bar was known (UTC), and its label.
    """

    values: Float32Array
    y: FloatArray
    realised: FloatArray
    close: FloatArray
    known_at: TimeArray
    labels: TimeArray

    def usable(self, lookback: int) -> BoolArray:
        """Rows whose whole window and close are finite: those a forecast can be made from."""
        finite = np.logical_and.reduce(np.isfinite(self.values), axis=1)
        seen = np.concatenate([[0], np.cumsum(finite)])
        full = np.zeros(len(finite), dtype=np.bool_)
        if len(finite) >= lookback:
            full[lookback - 1 :] = seen[lookback:] - seen[:-lookback] == lookback
        return full & np.isfinite(self.close)


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples of every symbol of a panel."""

    by_symbol: Mapping[str, SymbolSamples]
    feature_names: tuple[str, ...]
    lookback: int
    horizon: int

    @property
    def known_at(self) -> dict[str, TimeArray]:
        """Per symbol, when each bar became known."""
        return {symbol: s.known_at for symbol, s in self.by_symbol.items()}

    def trainable(self, rows: Mapping[str, IntArray]) -> dict[str, IntArray]:
        """Those of `rows` with a finite window and finite targets."""
        return {s: r[self._complete(s)[r]] for s, r in rows.items()}

    def most_undefined(self) -> tuple[str, str, int, int] | None:
        """Return the feature that is undefined most often where it could be defined, if that is often.

        Returns
        -------
        tuple of str, str, int, int, or None
            Feature, symbol, and how many rows of all of them it lacks. A warm-up does not count; None where no
            feature lacks a tenth of the rows after its first value, or all rows.
        """
        worst = None
        most = 0
        for symbol, part in self.by_symbol.items():
            for name, defined in zip(self.feature_names, np.isfinite(part.values).T, strict=True):
                after = defined[defined.argmax() :]  # all of it, of a column without any value
                lacking = int((~after).sum())
                if lacking > max(most, _OFTEN * len(after)):
                    most, worst = lacking, (name, symbol, int((~defined).sum()), len(defined))
        return worst

    def _complete(self, symbol: str) -> BoolArray:
        samples = self.by_symbol[symbol]
        return samples.usable(self.lookback) & np.isfinite(samples.y).all(axis=1)


def build_samples(
    panel: Panel,
    features: Sequence[tuple[str, Feature | PanelFeature]],
    target: Target,
    *,
    lookback: int,
    horizon: int,
) -> Samples:
    """Compute features and targets of a panel.

    Parameters
    ----------
    panel : Panel
    features : sequence of (label, feature)
    target : Target
    lookback, horizon : int

    Raises
    ------
    DataError
        A feature or the target refuses the data.
    PluginError
        A feature or the target raised, or returned something that does not fit the bars.
    """
    columns: dict[str, list[pd.DataFrame]] = {symbol: [] for symbol in panel}
    for label, feature in features:
        for symbol, frame in compute_feature(label, feature, panel).items():
            columns[symbol].append(frame)
    by_symbol = {s: _symbol_samples(panel[s], columns[s], target, horizon) for s in panel}
    names = tuple(str(c) for frame in columns[panel.symbols[0]] for c in frame.columns)
    return Samples(by_symbol, names, lookback, horizon)


def compute_feature(label: str, feature: Feature | PanelFeature, panel: Panel) -> dict[str, pd.DataFrame]:
    """Compute one feature for every symbol; columns are named after its label.

    Raises
    ------
    PluginError
        It raised, or its answer does not fit the bars.
    """
    frames = {s: _columns(label, feature, answer, panel[s]) for s, answer in _answers(feature, panel).items()}
    first = panel.symbols[0]
    for symbol, frame in frames.items():
        if not frame.columns.equals(frames[first].columns):
            raise PluginError(
                f"{described(feature)} returned other columns for {symbol!r} ({', '.join(map(str, frame.columns))}) "
                f"than for {first!r} ({', '.join(map(str, frames[first].columns))})."
            )
    return frames


def _answers(feature: Feature | PanelFeature, panel: Panel) -> dict[str, Any]:
    """Ask a feature, handing it copies: nothing it does to the bars reaches anybody else."""
    answers: dict[str, Any] = {}
    if isinstance(feature, PanelFeature):
        with calling(feature, "compute"):
            answers = feature.compute(panel.copy())
        if not isinstance(answers, dict) or set(answers) != set(panel.symbols):
            raise PluginError(
                f"{described(feature)} must return a dict with one entry per symbol ({', '.join(panel)})."
            )
        return {symbol: answers[symbol] for symbol in panel}
    for symbol in panel:
        with calling(feature, "compute"):
            answers[symbol] = feature.compute(panel[symbol].copy())
    return answers


def _columns(label: str, feature: Feature | PanelFeature, answer: Any, bars: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    if isinstance(answer, pd.Series):
        frame = answer.to_frame(label)
    elif isinstance(answer, pd.DataFrame):
        frame = answer.rename(columns=lambda column: f"{label}_{column}")
    else:
        raise PluginError(
            f"{described(feature)} must return a Series or DataFrame, got {type(answer).__name__}.{_as_frame(answer)}"
        )
    if not frame.index.equals(bars.index):
        dropped = len(frame) < len(bars) and frame.index.isin(bars.index).all()
        advice = " Leave undefined rows in, as NaN." if dropped else " Return it on `bars.index`."
        raise PluginError(
            f"{described(feature)} returned {len(frame)} rows on another index than the {len(bars)} bars it was "
            f"given.{advice}"
        )
    try:
        if any(pd.api.types.is_string_dtype(column) for _, column in frame.items()):
            raise TypeError("they are texts")
        frame = frame.astype(np.float64)
    except (TypeError, ValueError) as err:
        raise PluginError(f"{described(feature)} returned values that are no numbers: {err}.") from err
    if np.isinf(frame.to_numpy()).any():
        raise PluginError(f"{described(feature)} returned infinite values; undefined rows must be NaN.")
    return frame


def _as_frame(answer: Any) -> str:
    """Say how several columns, or bare values, are returned."""
    if isinstance(answer, (tuple, list, dict)):
        return ' For several columns return `pd.DataFrame({"first": ..., "second": ...}, index=bars.index)`.'
    return " Return `pd.Series(values, index=bars.index)`." if isinstance(answer, np.ndarray) else ""


def _symbol_samples(bars: pd.DataFrame, columns: list[pd.DataFrame], target: Target, horizon: int) -> SymbolSamples:
    with np.errstate(over="ignore"):  # what single precision cannot hold is undefined
        parts = [frame.to_numpy(dtype=np.float32) for frame in columns]
    values = np.concatenate(parts, axis=1) if parts else np.empty((len(bars), 0), dtype=np.float32)
    return SymbolSamples(
        values,
        _target_rows(target, "compute", (len(bars), horizon), bars, horizon),
        _target_rows(target, "realised", (len(bars),), bars),
        bars["close"].to_numpy(dtype=np.float64),
        bars["known_at"].to_numpy(),
        bars.index.to_numpy(),
    )


def _target_rows(target: Target, method: str, shape: tuple[int, ...], bars: pd.DataFrame, *more: int) -> FloatArray:
    with calling(target, method):
        rows: FloatArray = np.array(getattr(target, method)(bars.copy(), *more), dtype=np.float64)
    if rows.shape != shape:
        raise PluginError(f"{described(target)} returned shape {rows.shape} from {method}, expected {shape}.")
    if np.isinf(rows).any():
        raise PluginError(f"{described(target)} returned infinite values from {method}; undefined rows must be NaN.")
    return rows


def make_windows(samples: Samples, rows: Mapping[str, IntArray], *, with_targets: bool) -> Windows:
    """Gather origins into one block, cut so that nothing after each symbol's last origin is in it.

    Everything is copied: through a view, a forecaster could reach later rows, or change what others are given.

    Parameters
    ----------
    samples : Samples
    rows : mapping of str to ndarray of int
        Origins per symbol, increasing. Symbols without any are left out.
    with_targets : bool
        False when the windows are for prediction.
    """
    used = {s: r for s, r in rows.items() if len(r)}
    if not used:
        raise DataError("no origin is left with a full window of defined features; load more history.")
    lengths = {s: int(r[-1]) + 1 for s, r in used.items()}
    starts = dict(zip(lengths, np.cumsum([0, *lengths.values()])[:-1].tolist(), strict=True))
    parts = {s: samples.by_symbol[s] for s in used}

    def gather(pick: Any) -> Any:
        return np.concatenate([pick(s) for s in used])

    return Windows(
        values=gather(lambda s: parts[s].values[: lengths[s]]),
        ends=gather(lambda s: used[s] + starts[s]),
        lookback=samples.lookback,
        horizon=samples.horizon,
        feature_names=samples.feature_names,
        symbols=gather(lambda s: np.full(len(used[s]), s, dtype=object)),
        origins=gather(lambda s: parts[s].labels[used[s]]),
        last_price=gather(lambda s: parts[s].close[used[s]]),
        y=gather(lambda s: parts[s].y[used[s]]) if with_targets else None,
        first_rows=starts,
        realised={s: parts[s].realised[: lengths[s]].copy() for s in used},
    )
