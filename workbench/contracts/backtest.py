"""Orders, costs, `Backtest` and `BacktestEngine`: from signals to money."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as model_dataclass

from workbench.contracts.arrays import Bars
from workbench.contracts.explain import explained
from workbench.contracts.panel import Panel
from workbench.contracts.plugin import Plugin

if TYPE_CHECKING:
    import pandas as pd


@explained("costs")
@model_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Costs:
    """What trading costs, as fractions of price.

    Parameters
    ----------
    commission : float, default=0
        Charged at each fill on the traded value: 0.001 is ten basis points.
    spread : float, default=0
        Bid-ask spread; half of it is paid at each fill.
    """

    commission: Annotated[float, Field(ge=0, lt=1)] = 0.0
    spread: Annotated[float, Field(ge=0, lt=1)] = 0.0


@dataclass(frozen=True)
class Order:
    """An instruction decided after the close of a bar; it can fill on the next bar at the earliest.

    Parameters
    ----------
    bar : int
        Row of the bar after whose close the order is decided.
    units : float
        Signed: positive buys, negative sells.
    limit : float, optional
        Worst price accepted for the entry; without it the order fills at the next open.
    stop, take_profit : float, optional
        Prices that close what this order opened.
    """

    bar: int
    units: float
    limit: float | None = None
    stop: float | None = None
    take_profit: float | None = None


@dataclass(frozen=True, eq=False)
class Backtest:
    """Result of trading signals, for one symbol or a portfolio.

    Parameters
    ----------
    equity : Series
        Account value at each bar's close, in quote currency, indexed like the bars.
    trades : DataFrame
        Closed trades: `symbol entry_time exit_time units entry_price exit_price pnl simple_return commission`,
        prices as filled (half the spread included), `pnl` after commission.
    open_trades : DataFrame
        Trades still open at the end, marked at the last close; same columns, `exit_*` being that mark, and
        `commission` that of the entry alone.
    orders : DataFrame
        `symbol decided units status reason` of every order; `status` is `filled`, `rejected` (the cash does not
        allow it) or `dropped` (no bar filled it), and `units` is NaN for a signal that was never sized.
    stats : dict of str to float or None
        Fractions, never percents; None where undefined, with the reason in `reasons`.
    reasons : dict of str to str
        Why a statistic is None.
    exposure : Series
        Signed share of equity held at each bar's close.
    """

    equity: pd.Series
    trades: pd.DataFrame
    open_trades: pd.DataFrame
    orders: pd.DataFrame
    stats: dict[str, float | None]
    reasons: dict[str, str]
    exposure: pd.Series


@dataclass(frozen=True)
class BacktestContext:
    """What an engine may know beside bars, signals and costs.

    Parameters
    ----------
    periods_per_year : float
        Bars per year, for annualising.
    start : Timestamp, optional
        First bar whose close counts: the same for everything that is compared. By default the first signal.
    """

    periods_per_year: float
    start: pd.Timestamp | None = None


class BacktestEngine(Plugin):
    """Trades signals on bars."""

    kind: ClassVar[str] = "engine"

    cash: float = Field(100_000.0, gt=0, description="starting equity, in quote currency")
    lot: float = Field(1e-6, gt=0, description="smallest tradable quantity, in units")

    @abstractmethod
    def run(
        self,
        panel_or_bars: Panel | Bars,
        signals: pd.Series | pd.DataFrame,
        costs: Costs,
        context: BacktestContext,
    ) -> Backtest:
        """Trade `signals` and return what became of the equity.

        A signal decided at the close of bar `t` is filled at the open of `t + 1`, never at the close it was
        computed from. It trades only when it changes; in between, positions drift.
        """

    @abstractmethod
    def simulate(self, bars: Bars, orders: Sequence[Order], costs: Costs, cash: float) -> Backtest:
        """Execute explicit orders on the bars of one symbol.

        An order whose opening part exceeds the cash left after its closing part is rejected whole.
        Orders decided on the last bar never fill. Positions still open are marked at the last close.
        """
