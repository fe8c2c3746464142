"""Signals as they are traded: what a strategy said, and what follows where it said nothing."""

from __future__ import annotations

import pandas as pd

from workbench.contracts.arrays import Bars, Forecasts
from workbench.contracts.panel import Panel
from workbench.contracts.strategy import Strategy
from workbench.data.bars import CARRIED
from workbench.errors import PluginError

SIGNAL_COLUMNS = ["position", "stop", "take_profit"]


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
        The answer is no series or frame indexed (origin, symbol).
    """
    rows = forecasts[forecasts["step"] == strategy.step].drop_duplicates(["origin", "symbol"], keep="last")
    answer = strategy.signals(rows.reset_index(drop=True), panel.copy())
    if isinstance(answer, pd.Series):
        answer = answer.to_frame("position")
    if not isinstance(answer, pd.DataFrame) or list(answer.index.names) != ["origin", "symbol"]:
        raise PluginError(f"strategy {strategy.label!r} must return signals indexed by (origin, symbol).")
    return answer.reindex(columns=SIGNAL_COLUMNS)


def flat_after_blocks(signals: pd.DataFrame, forecasts: Forecasts, panel: Panel) -> pd.DataFrame:
    """Add a position of zero at each first bar without a forecast, so that no stale signal is held.

    The position decided at an origin is held over the bar that was forecast. Where the bar after it is no
    origin itself (a gap between test blocks, or an origin left out), the position is closed at the next open.
    """
    flat = [(bar, symbol) for symbol in panel for bar in _first_without_forecast(panel[symbol], forecasts, symbol)]
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
