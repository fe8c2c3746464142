"""Trading statistics, computed from the equity curve and the trades; what is undefined is None, never NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_FEW_RETURNS = "fewer than two returns"
_RUINED = "the account was ruined, so returns end there"
_NO_TRADES = "no trade was closed"


class _Undefined(Exception):
    """A statistic has no value; the message says why."""


def backtest_statistics(
    equity: pd.Series,
    trades: pd.DataFrame,
    exposure: pd.Series,
    periods_per_year: float | None,
    *,
    open_trades: pd.DataFrame | None = None,
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Return statistics of a backtest, and the reason for each that is undefined.

    Parameters
    ----------
    equity : Series of shape (n_bars,)
        Account value at each bar's close. The first value is the capital before anything was earned, so a
        loss on the second bar is a drawdown.
    trades : DataFrame
        Closed trades with `pnl`, `simple_return` and `commission`, as in `Backtest`.
    exposure : Series of shape (n_bars,)
        Signed share of equity held at each bar's close.
    periods_per_year : float or None
        Bars per year. None leaves the annual figures undefined.
    open_trades : DataFrame, optional
        Trades still open at the end. Only their commission is counted.

    Returns
    -------
    stats : dict of str to float or None
        `total_return`; `annual_return` (compound); `volatility` (annual, ddof 1); `sharpe` (annual, risk-free
        rate 0); `sortino` (annual, target 0); `calmar`; `max_drawdown` (at closes, zero or negative);
        `max_drawdown_bars` (longest stretch of closes below an earlier one); `exposure_time` (share of bars
        in the market); `n_trades`, `win_rate`, `profit_factor` (money won / money lost), `average_trade`,
        `best_trade`, `worst_trade` (simple returns after costs); `commission_paid` (money);
        `periods_per_year`; `n_bars`. All shares are fractions, never percents.
    reasons : dict of str to str
        For every None in `stats`, a sentence.

    Raises
    ------
    DataError
        `equity` is empty, holds something that is not a finite number, or does not start above zero.
    """
    values = _checked(equity)
    returns = _Returns(values, periods_per_year)
    figures: dict[str, Callable[[], float]] = {
        "total_return": lambda: float(values[-1] / values[0] - 1),
        "annual_return": returns.annual,
        "volatility": returns.volatility,
        "sharpe": returns.sharpe,
        "sortino": returns.sortino,
        "calmar": returns.calmar,
        "max_drawdown": returns.max_drawdown,
        "max_drawdown_bars": lambda: _longest_stretch(returns.drawdown < 0),
        "exposure_time": lambda: float(np.mean(exposure.to_numpy() != 0)),
        **_trade_figures(trades),
        "commission_paid": lambda: _sum(trades, "commission") + _sum(open_trades, "commission"),
        "periods_per_year": lambda: returns.periods_per_year,
        "n_bars": lambda: len(values),
    }
    stats: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for name, figure in figures.items():
        try:
            stats[name] = _finite(figure)
        except _Undefined as why:
            stats[name] = None
            reasons[name] = str(why)
    return stats, reasons


def _finite(figure: Callable[[], float]) -> float:
    """Value of a figure; a few bars annualised can exceed every number."""
    try:
        value = figure()
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise _Undefined("too large a number; there are too few bars to annualise")
    return value


def _checked(equity: pd.Series) -> FloatArray:
    values = equity.to_numpy(np.float64)
    if not len(values) or not np.isfinite(values).all() or values[0] <= 0:
        raise DataError(
            "an equity curve needs at least one value, finite numbers only and a start above zero; "
            f"got {len(values)} values{f' from {values[0]:g}' if len(values) else ''}."
        )
    return values


class _Returns:
    """Figures of the simple returns from close to close; each raises `_Undefined` where it has no value."""

    def __init__(self, equity: FloatArray, periods_per_year: float | None) -> None:
        peak = np.maximum.accumulate(equity)
        self.drawdown: FloatArray = equity / peak - 1
        self.growth = float(equity[-1] / equity[0])
        self.ruined = bool((equity <= 0).any())
        before = np.where(equity[:-1] > 0, equity[:-1], np.nan)
        self.simple: FloatArray = equity[1:] / before - 1
        self._per_year = periods_per_year

    @property
    def periods_per_year(self) -> float:
        if self._per_year is None:
            raise _Undefined("the number of bars per year is not known")
        return self._per_year

    def annual(self) -> float:
        years = len(self.simple) / self.periods_per_year
        if not years:
            raise _Undefined("no return yet")
        if self.growth < 0:
            raise _Undefined("the account ended below zero")
        return float(self.growth ** (1 / years) - 1)

    def volatility(self) -> float:
        return self._deviation() * math.sqrt(self.periods_per_year)

    def sharpe(self) -> float:
        deviation = self._deviation()
        if _vanishes(deviation, self.simple):
            raise _Undefined("all returns are equal, so their variance is zero")
        return float(self.simple.mean() / deviation * math.sqrt(self.periods_per_year))

    def sortino(self) -> float:
        self._deviation()
        below = math.sqrt(float(np.mean(np.minimum(self.simple, 0) ** 2)))
        if not below:
            raise _Undefined("no return is negative")
        return float(self.simple.mean() / below * math.sqrt(self.periods_per_year))

    def max_drawdown(self) -> float:
        return float(self.drawdown.min())

    def calmar(self) -> float:
        annual = self.annual()
        if not self.max_drawdown():
            raise _Undefined("there was no drawdown")
        return annual / -self.max_drawdown()

    def _deviation(self) -> float:
        if self.ruined:
            raise _Undefined(_RUINED)
        if len(self.simple) < 2:
            raise _Undefined(_FEW_RETURNS)
        return float(self.simple.std(ddof=1))


def _vanishes(deviation: float, returns: FloatArray) -> bool:
    """Whether a deviation is nothing but rounding."""
    return deviation <= 1e-12 * float(np.abs(returns).max())


def _longest_stretch(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _trade_figures(trades: pd.DataFrame) -> dict[str, Callable[[], float]]:
    pnl, simple = trades["pnl"].to_numpy(np.float64), trades["simple_return"].to_numpy(np.float64)

    def profit_factor() -> float:
        lost = -pnl[pnl < 0].sum()
        if not lost:
            raise _Undefined("no closed trade lost money")
        return float(pnl[pnl > 0].sum() / lost)

    def over_trades(figure: Callable[[], float]) -> Callable[[], float]:
        def checked() -> float:
            if not len(pnl):
                raise _Undefined(_NO_TRADES)
            return float(figure())

        return checked

    return {
        "n_trades": lambda: len(pnl),
        "win_rate": over_trades(lambda: float(np.mean(pnl > 0))),
        "profit_factor": over_trades(profit_factor),
        "average_trade": over_trades(simple.mean),
        "best_trade": over_trades(simple.max),
        "worst_trade": over_trades(simple.min),
    }


def _sum(trades: pd.DataFrame | None, column: str) -> float:
    return 0.0 if trades is None else float(trades[column].sum())
