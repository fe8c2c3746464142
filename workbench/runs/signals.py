"""Signals as they are traded: what a strategy said, and what follows where it said nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.contracts.arrays import Bars, BoolArray, Forecasts
from workbench.contracts.calling import calling
from workbench.contracts.origin import described
from workbench.contracts.panel import Panel
from workbench.contracts.strategy import Strategy
from workbench.data.bars import CARRIED
from workbench.data.universe import Universe
from workbench.errors import PluginError

SIGNAL_COLUMNS = ["position", "stop", "take_profit"]
_ROUNDING = 1e-9


def ask_strategy(strategy: Strategy, forecasts: Forecasts, panel: Panel) -> pd.DataFrame:
    """Return a strategy's signals as a frame indexed (origin, symbol).

    Parameters
    ----------
    strategy : Strategy
    forecasts : DataFrame
        Forecast frame of one model; only the strategy's step is handed on, and where folds overlap only the
        forecast of the newest fit.
    panel : Panel
        The strategy gets a copy, so that nothing it does to the bars reaches anybody else.

    Raises
    ------
    PluginError
        The strategy raised, or its answer is not what `Strategy.signals` promises.
    """
    rows = forecasts[forecasts["step"] == strategy.step].drop_duplicates(["origin", "symbol"], keep="last")
    with calling(strategy, "signals"):
        answer = strategy.signals(rows.reset_index(drop=True), panel.copy())
    wrong = _fault(answer, panel)
    if wrong is not None:
        raise PluginError(f"{described(strategy)} returned {wrong}")
    frame = answer.to_frame("position") if isinstance(answer, pd.Series) else answer
    return frame.reindex(columns=SIGNAL_COLUMNS).astype(np.float64)


def _fault(answer: Any, panel: Panel) -> str | None:
    """Say what is wrong with a strategy's answer, if anything is."""
    if not isinstance(answer, (pd.Series, pd.DataFrame)):
        return f"{type(answer).__name__} from signals; expected a Series or a DataFrame indexed by (origin, symbol)."
    if list(answer.index.names) != ["origin", "symbol"]:
        return f"signals indexed by {list(answer.index.names)}; expected signals indexed by (origin, symbol)."
    if not answer.index.is_unique:
        return f"two signals for {_pair(answer.index[answer.index.duplicated()][0])}; expected one."
    strange = answer.index[~_is_bar(answer.index, panel)]
    if len(strange):
        return f"a signal for {_pair(strange[0])}, where there is no bar."
    return _fault_in_values(answer.to_frame("position") if isinstance(answer, pd.Series) else answer)


def _is_bar(index: pd.Index, panel: Panel) -> BoolArray:
    origins, symbols = (index.get_level_values(level) for level in ("origin", "symbol"))
    known = np.zeros(len(index), dtype=np.bool_)
    for symbol in panel:
        mine = np.asarray(symbols == symbol)
        known[mine] = origins[mine].isin(panel[symbol].index)
    return known


def _fault_in_values(frame: pd.DataFrame) -> str | None:
    if "position" not in frame or not set(frame.columns) <= set(SIGNAL_COLUMNS):
        return f"the columns {list(frame.columns)}; expected `position` and, optionally, `stop` and `take_profit`."
    try:
        values = frame.astype(np.float64)
    except (TypeError, ValueError):
        return "signals that are no numbers; expected numbers, or NaN for no change."
    outside = values.index[values["position"].abs() > 1 + _ROUNDING]
    if len(outside):
        position = values["position"].loc[outside[0]]
        return f"a signal of {position:g} for {_pair(outside[0])}; expected a share of equity in [-1, 1], or NaN."
    return None


def _pair(pair: tuple[Any, Any]) -> str:
    return f"{pair[1]!r} on {pair[0]}"


def flat_after_blocks(signals: pd.DataFrame, forecasts: Forecasts, panel: Panel) -> pd.DataFrame:
    """Add a position of zero at each first bar without a forecast, so that no stale signal is held.

    The position decided at an origin is held over the bar that was forecast. Where the bar after it is no
    origin itself (a gap between test blocks, or an origin left out), the position is closed at the next open.
    """
    flat = [(bar, symbol) for symbol in panel for bar in _first_without_forecast(panel[symbol], forecasts, symbol)]
    return _closed_at(flat, signals)


def flat_outside(signals: pd.DataFrame, universe: Universe, panel: Panel) -> pd.DataFrame:
    """Add a position of zero at each first bar of a symbol that has left the universe: what was held is sold then."""
    flat = []
    for symbol in panel:
        bars = panel[symbol]
        belongs = universe.has(symbol, bars.index.to_numpy())
        flat += [(bar, symbol) for bar in bars.index[1:-1][belongs[:-2] & ~belongs[1:-1]]]
    return _closed_at(flat, signals)


def _closed_at(flat: list[tuple[Any, str]], signals: pd.DataFrame) -> pd.DataFrame:
    """Add positions of zero for pairs of a bar and a symbol that have no signal."""
    if not flat:
        return signals
    index = pd.MultiIndex.from_tuples(flat, names=["origin", "symbol"])
    closing = pd.DataFrame({"position": 0.0, "stop": float("nan"), "take_profit": float("nan")}, index=index)
    return pd.concat([signals, closing[~closing.index.isin(signals.index)]]).sort_index(kind="stable")


def _first_without_forecast(bars: Bars, forecasts: Forecasts, symbol: str) -> list[pd.Timestamp]:
    is_origin = bars.index.isin(forecasts.loc[forecasts["symbol"] == symbol, "origin"])
    left = is_origin[:-2] & ~is_origin[1:-1]  # what is decided at the last bar never fills
    return list(bars.index[1:-1][left])


def wait_for_trading(signals: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Blank signals whose next bar carries an old close: nothing traded there that could fill them.

    The signal of the last such bar, decided before the next bar that did trade, is the one that fills.
    """
    waiting = [
        (bar, symbol)
        for symbol in panel
        if CARRIED in panel[symbol].columns
        for bar in panel[symbol].index[:-1][panel[symbol][CARRIED].to_numpy(dtype=bool)[1:]]
    ]
    if not waiting:
        return signals
    return signals.mask(pd.Series(signals.index.isin(waiting), index=signals.index), other=float("nan"))


def traded_signals(signals: pd.DataFrame) -> pd.Series | pd.DataFrame:
    """Return signals as engines take them: positions alone where there is neither stop nor target."""
    brackets = signals[["stop", "take_profit"]].notna().any(axis=None)
    return signals if brackets else signals["position"]
