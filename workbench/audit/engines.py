"""Whether engines see the future: what they did at each bar is put in that bar's row, and audited as a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.contracts.arrays import Bars
from workbench.contracts.backtest import Backtest, BacktestContext, BacktestEngine, Costs, Order
from workbench.contracts.calling import calling
from workbench.contracts.feature import PanelFeature
from workbench.contracts.origin import described
from workbench.contracts.panel import Panel
from workbench.errors import DataError, PluginError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.audit.features import Columns

COSTS = Costs(commission=0.001, spread=0.0004)
_MOMENTUM = 4


How = Literal["signals", "signals with stops", "orders"]


class AsTraded(PanelFeature):
    """All that an engine did, each number in the row of the bar at which it happened.

    It trades signals, or executes orders, that are made of the bars up to their origin, so no row may depend on later
    bars. Nothing is decided at the newest bar: it could not have been filled yet, so that whoever fills it is found.
    """

    engine: BacktestEngine
    how: How = "signals"

    def compute(self, panel: Panel) -> dict[str, pd.Series | pd.DataFrame]:
        """Return equity, exposure and fills of every symbol's bars."""
        return {**as_traded(self.engine, panel, self.how)}


def as_traded(engine: BacktestEngine, panel: Panel, how: How = "signals") -> Columns:
    """Return what `AsTraded` computes; rows before the start of trading are NaN. Orders are for one symbol."""
    if how == "orders":
        (symbol,) = panel
        with calling(engine, "simulate"):
            done = engine.simulate(panel[symbol].copy(), some_orders(panel[symbol]), COSTS, 1e6)
        return {symbol: _rows(done, panel[symbol].index, None)}
    start = max(panel[symbol].index[0] for symbol in panel)
    if any(panel[symbol].index[-1] < start for symbol in panel):
        raise DataError("a symbol is not listed yet.")
    signals = momentum_signals(panel, start, brackets=how == "signals with stops")
    newest = max(panel[symbol].index[-1] for symbol in panel)
    signals = signals[signals.index.get_level_values("origin") < newest]
    backtest = traded(engine, panel, signals, COSTS, BacktestContext(252.0, start))
    return {symbol: _rows(backtest, panel[symbol].index, symbol) for symbol in panel}


def traded(
    engine: BacktestEngine, panel: Panel, signals: pd.Series | pd.DataFrame, costs: Costs, context: BacktestContext
) -> Backtest:
    """Call `run` with copies, whatever it does named."""
    with calling(engine, "run"):
        answer = engine.run(panel.copy(), signals.copy(), costs, context)
    if not isinstance(answer, Backtest):
        raise PluginError(f"{described(engine)} returned {type(answer).__name__} from run; expected a Backtest.")
    return answer


def momentum_signals(panel: Panel, start: pd.Timestamp, *, brackets: bool) -> pd.Series | pd.DataFrame:
    """Return signals that follow the last few bars, some of them NaN; with stops and take-profits if asked."""
    import pandas as pd

    frames = {}
    for number, symbol in enumerate(panel):
        close = panel[symbol]["close"]
        move = close.pct_change(_MOMENTUM, fill_method=None).to_numpy(dtype=np.float64)
        said = np.arange(number, number + len(close)) % 5 > 0
        position = pd.Series(np.round(np.tanh(60 * move), 1), index=close.index).where(said)
        side = np.sign(position.ffill().fillna(0.0))
        bracket = close.where(side != 0)
        frames[symbol] = pd.DataFrame(
            {"position": position, "stop": bracket * (1 - 0.02 * side), "take_profit": bracket * (1 + 0.03 * side)}
        ).loc[start:]
    table = pd.concat(frames, names=["symbol", "origin"]).swaplevel().sort_index()
    return table if brackets else table["position"]


def some_orders(bars: Bars) -> list[Order]:
    """Return orders of every kind, each decided after the close of a bar but the last, and priced by that close."""
    close = bars["close"].to_numpy(dtype=np.float64)
    orders = []
    for row in range(2, len(close) - 1, 2):
        side = 1.0 if (row // 2) % 3 else -1.0
        limit = float(close[row] * (1 - 0.002 * side)) if row % 4 else None
        stop, goal = (float(close[row] * (1 + move * side)) for move in (-0.02, 0.03))
        orders.append(Order(row, 20.0 * side, limit, stop, goal))
    return orders


def _rows(backtest: Backtest, index: pd.Index, symbol: str | None) -> pd.DataFrame:
    """Return what happened to a symbol, or to the only one."""
    import pandas as pd

    exits, held = (t if symbol is None else t[t["symbol"] == symbol] for t in (backtest.trades, backtest.open_trades))
    entries = pd.concat([exits, held])
    table = {
        "equity": backtest.equity,
        "exposure": backtest.exposure,
        "units opened": entries.groupby("entry_time")["units"].sum(),
        "entry price": entries.groupby("entry_time")["entry_price"].mean(),
        "units closed": exits.groupby("exit_time")["units"].sum(),
        "exit price": exits.groupby("exit_time")["exit_price"].mean(),
    }
    return pd.DataFrame({name: pd.to_numeric(series.reindex(index)) for name, series in table.items()}, index=index)
