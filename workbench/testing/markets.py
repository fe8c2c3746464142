"""Small markets in which trading can be worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.backtest import Backtest, BacktestContext, BacktestEngine, Costs, Order
from workbench.contracts.calling import calling
from workbench.contracts.origin import described
from workbench.contracts.panel import Panel
from workbench.errors import PluginError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.arrays import Bars, FloatArray

FREE = Costs()
SYMBOL = "AAA"


def bars_of(rows: Sequence[tuple[float, float, float, float]]) -> Bars:
    """Return daily bars of rows of open, high, low and close."""
    import pandas as pd

    index = pd.DatetimeIndex(pd.bdate_range("2024-01-01", periods=len(rows)).to_numpy("datetime64[ns]"), name="time")
    bars = pd.DataFrame(list(rows), columns=["open", "high", "low", "close"], index=index, dtype=float)
    return bars.assign(volume=1000.0, known_at=index + pd.Timedelta(days=1))


def signals_of(bars: Bars, positions: Mapping[int, float]) -> pd.Series:
    """Return signals at some rows of the bars of `SYMBOL`."""
    import pandas as pd

    pairs = [(bars.index[row], SYMBOL) for row in positions]
    index = pd.MultiIndex.from_tuples(pairs, names=["origin", "symbol"])
    return pd.Series(list(positions.values()), index=index, name="position", dtype=float)


def run_one(engine: BacktestEngine, bars: Bars, positions: Mapping[int, float], costs: Costs = FREE) -> Backtest:
    """Trade signals on one symbol's bars, from the first of them on."""
    context = BacktestContext(252.0, bars.index[0])
    with calling(engine, "run"):
        answer = engine.run(Panel({SYMBOL: bars.copy()}), signals_of(bars, positions), costs, context)
    return _backtest(engine, answer, "run")


def simulate(
    engine: BacktestEngine, bars: Bars, orders: Sequence[Order], costs: Costs = FREE, cash: float = 1000.0
) -> Backtest:
    """Execute orders on one symbol's bars."""
    with calling(engine, "simulate"):
        answer = engine.simulate(bars.copy(), orders, costs, cash)
    return _backtest(engine, answer, "simulate")


def _backtest(engine: BacktestEngine, answer: object, method: str) -> Backtest:
    if not isinstance(answer, Backtest):
        raise PluginError(f"{described(engine)} returned {type(answer).__name__} from {method}; expected a Backtest.")
    return answer


def fills(backtest: Backtest) -> list[tuple[Any, float, float]]:
    """Return (time, units, price) of every fill, in order of time."""
    opened, closed = _rows(backtest.trades, backtest.open_trades), _rows(backtest.trades)
    entries = [(t.entry_time, float(t.units), float(t.entry_price)) for t in opened]
    exits = [(t.exit_time, -float(t.units), float(t.exit_price)) for t in closed]
    return sorted(entries + exits, key=lambda fill: (fill[0], fill[1]))


def _rows(*tables: pd.DataFrame) -> list[Any]:
    return [row for table in tables for row in table.itertuples()]


def value_of_trades(backtest: Backtest, closes: pd.Series, commission: float) -> FloatArray:
    """Return what the trades have earned at each close, worked out from the trades alone."""
    earned = np.zeros(len(closes))
    for trade in _rows(backtest.trades):
        held = np.asarray((closes.index >= trade.entry_time) & (closes.index < trade.exit_time))
        earned += np.where(held, _open_value(trade, closes, commission), 0.0)
        earned += np.where(closes.index >= trade.exit_time, trade.pnl, 0.0)
    for trade in _rows(backtest.open_trades):
        held = np.asarray(closes.index >= trade.entry_time)
        earned += np.where(held, _open_value(trade, closes, commission), 0.0)
    return earned


def _open_value(trade: Any, closes: pd.Series, commission: float) -> FloatArray:
    units, price = float(trade.units), float(trade.entry_price)
    value: FloatArray = units * (closes.to_numpy(np.float64) - price) - abs(units) * price * commission
    return value
