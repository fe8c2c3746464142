"""Signals: checking what a strategy returned, and reading the changes that trade."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from workbench import PluginError
from workbench_backtesting._tickets import Ticket

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("position", "stop", "take_profit")


def signal_frame(signals: pd.Series | pd.DataFrame, symbols: Iterable[str] | None) -> pd.DataFrame:
    """Return signals as a frame with `position stop take_profit`, after checking them.

    Parameters
    ----------
    signals : Series or DataFrame
        As `Strategy.signals` returns them.
    symbols : iterable of str, optional
        Symbols that have bars. None allows any one symbol.

    Raises
    ------
    PluginError
        The signals are not indexed (origin, symbol), name a pair twice or an unknown symbol, lack
        `position`, or hold something that is no exposure or no price.
    """
    import pandas as pd

    if not isinstance(signals, pd.Series | pd.DataFrame):
        raise PluginError(f"signals are a {type(signals).__name__}; expected a Series or a DataFrame.")
    frame = signals.to_frame("position") if isinstance(signals, pd.Series) else signals
    _check_index(frame.index, symbols)
    if "position" not in frame.columns or not set(frame.columns) <= set(_COLUMNS):
        raise PluginError(
            f"signals have the columns {list(frame.columns)}; expected `position` and, optionally, "
            "`stop` and `take_profit`."
        )
    try:
        frame = frame.reindex(columns=list(_COLUMNS)).astype("float64")
    except (TypeError, ValueError) as err:
        raise PluginError(f"signals must be numbers, or NaN for no change: {err}.") from err
    _check_values(frame)
    frame["position"] = frame["position"].clip(-1.0, 1.0)  # 1.0000000000000002 is one
    return frame


def _check_index(index: pd.Index, symbols: Iterable[str] | None) -> None:
    if list(index.names) != ["origin", "symbol"]:
        raise PluginError(f"signals are indexed by {list(index.names)}; expected (origin, symbol).")
    if not index.is_unique:
        raise PluginError(f"signals name {_pair(index[index.duplicated()][0])} twice; expected once each.")
    found = list(index.unique("symbol"))
    if symbols is None and len(found) > 1:
        raise PluginError(f"signals name the symbols {', '.join(map(str, found))}; one set of bars has one symbol.")
    unknown = [] if symbols is None else [s for s in found if s not in set(symbols)]
    if unknown:
        raise PluginError(f"signals name {unknown[0]!r}, which has no bars; there are {', '.join(symbols or ())}.")


def _check_values(frame: pd.DataFrame) -> None:
    position = frame["position"].to_numpy()
    wrong = np.abs(position) > 1 + 1e-9  # NaN compares as False: it means no change
    if wrong.any():
        where = int(np.argmax(wrong))
        raise PluginError(
            f"the signal for {_pair(frame.index[where])} is {position[where]:g}; expected a share of equity "
            "in [-1, 1], or NaN for no change."
        )
    prices = frame[["stop", "take_profit"]].to_numpy()
    wrong = ((prices <= 0) | np.isinf(prices)).any(axis=1)
    if wrong.any():
        raise PluginError(
            f"the stop or take-profit for {_pair(frame.index[int(np.argmax(wrong))])} is no positive price; "
            "use NaN for none."
        )


def _pair(pair: tuple[object, object]) -> str:
    return f"{pair[1]!r} on {pair[0]}"


def signal_tickets(signals: pd.DataFrame, labels: pd.Index, first: int) -> Iterator[Ticket]:
    """Yield a ticket for each change of one symbol's signal.

    Parameters
    ----------
    signals : DataFrame
        `position stop take_profit`, indexed by origin.
    labels : Index
        Labels of all bars of the symbol.
    first : int
        First row that counts; the tickets number rows from there. Of earlier signals the last is taken there.

    Raises
    ------
    PluginError
        An origin is not among the labels.
    """
    given = signals[signals["position"].notna()].sort_index()
    bars = labels.get_indexer(given.index)
    if (bars < 0).any():
        raise PluginError(
            f"signals name the origin {given.index[int(np.argmax(bars < 0))]}, which is no bar; they "
            f"run from {labels[0]} to {labels[-1]}."
        )
    standing = max(int(np.searchsorted(bars, first, side="right")) - 1, 0)
    rows = np.maximum(bars[standing:] - first, 0)
    before = 0.0
    for row, (position, *bracket) in zip(rows.tolist(), given.iloc[standing:].to_numpy().tolist(), strict=True):
        if position != before:
            stop, take_profit = (None if np.isnan(price) else price for price in bracket)
            yield Ticket(row, signal=position, stop=stop, take_profit=take_profit)
        before = position
