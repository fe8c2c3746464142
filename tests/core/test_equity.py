"""Statistics of an equity curve: reference numbers, closed forms, and what is undefined."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import DataError, backtest_statistics

SERIES = json.loads((Path(__file__).parents[1] / "vectors" / "return_stats.json").read_text())
NO_TRADES = pd.DataFrame({"pnl": [], "simple_return": [], "commission": []}, dtype=float)


def statistics(equity, trades=NO_TRADES, exposure=None, per_year=252.0, open_trades=None):
    curve = pd.Series(equity, dtype=float)
    held = pd.Series(0.0, curve.index) if exposure is None else pd.Series(exposure)
    return backtest_statistics(curve, trades, held, per_year, open_trades=open_trades)


def trades_of(*rows):
    return pd.DataFrame(rows, columns=["pnl", "simple_return", "commission"], dtype=float)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("total_return", "total_return"),
        ("annual_return", "cagr_252"),
        ("volatility", "vol_annual"),
        ("sharpe", "sr_annual_sqrt252"),
        ("sortino", "sortino_target0"),
        ("calmar", "calmar"),
        ("max_drawdown", "max_drawdown"),
    ],
)
def test_figures_of_a_daily_series_are_the_reference_ones(name, reference):
    equity = np.cumprod([1.0, *(1 + np.array(SERIES["returns"]))])

    stats, reasons = statistics(equity)

    assert stats[name] == pytest.approx(SERIES["expected"][reference], rel=0, abs=SERIES["tolerance"])
    assert name not in reasons


def test_a_doubling_in_two_years_of_bars():
    stats, _ = statistics([100, 120, 90, 150, 200], per_year=2.0)

    assert stats["total_return"] == pytest.approx(1.0)
    assert stats["annual_return"] == pytest.approx(math.sqrt(2) - 1)
    assert stats["max_drawdown"] == pytest.approx(-0.25)
    assert stats["calmar"] == pytest.approx((math.sqrt(2) - 1) / 0.25)
    assert stats["n_bars"] == 5
    assert stats["periods_per_year"] == 2.0


@pytest.mark.parametrize(
    ("equity", "bars"),
    [([5, 4, 3, 5], 2), ([5, 4, 5, 4, 3, 4], 3), ([1, 2, 3], 0), ([5, 5, 5], 0), ([3, 2, 1], 2)],
)
def test_drawdown_bars_are_the_longest_stretch_below_an_earlier_close(equity, bars):
    assert statistics(equity)[0]["max_drawdown_bars"] == bars


def test_trade_figures_are_in_money_and_simple_returns():
    trades = trades_of((30, 0.03, 1), (-10, -0.02, 1), (0, 0.0, 2))
    still_open = trades_of((99, 9.9, 5))

    stats, _ = statistics([100, 101, 102], trades, [0.0, 0.5, -0.5], open_trades=still_open)

    assert stats["n_trades"] == 3
    assert stats["win_rate"] == pytest.approx(1 / 3)
    assert stats["profit_factor"] == pytest.approx(3.0)
    assert stats["average_trade"] == pytest.approx(0.01 / 3)
    assert (stats["best_trade"], stats["worst_trade"]) == (0.03, -0.02)
    assert stats["commission_paid"] == 9
    assert stats["exposure_time"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("equity", "name", "reason"),
    [
        ([100], "annual_return", "no return"),
        ([100, 101], "sharpe", "fewer than two"),
        ([100, 101], "volatility", "fewer than two"),
        ([100, 100, 100], "sharpe", "variance is zero"),
        ([100, 110, 121, 133.1], "sharpe", "variance is zero"),
        ([100, 101, 103], "sortino", "no return is negative"),
        ([100, 101, 103], "calmar", "no drawdown"),
        ([100, 0, 0], "sharpe", "ruined"),
        ([100, 50, -10], "annual_return", "below zero"),
        ([1, 1e9], "annual_return", "too few bars"),
        ([100, 101, 100], "win_rate", "no trade"),
        ([100, 101, 100], "profit_factor", "no trade"),
    ],
)
def test_what_is_undefined_is_none_with_a_reason(equity, name, reason):
    stats, reasons = statistics(equity)

    assert stats[name] is None
    assert reason in reasons[name]


def test_trades_that_never_lose_have_no_profit_factor():
    stats, reasons = statistics([100, 101, 102], trades_of((1, 0.01, 0)))

    assert stats["profit_factor"] is None
    assert "lost money" in reasons["profit_factor"]


def test_ruin_is_a_total_loss():
    stats, _ = statistics([100, 50, 0, 0])

    assert (stats["total_return"], stats["annual_return"], stats["max_drawdown"]) == (-1, -1, -1)


def test_without_periods_per_year_only_annual_figures_are_missing():
    stats, reasons = statistics([100, 101, 99, 102], per_year=None)

    missing = {"annual_return", "volatility", "sharpe", "sortino", "calmar", "periods_per_year"}
    assert {name for name, reason in reasons.items() if "per year" in reason} == missing
    assert stats["max_drawdown"] == pytest.approx(99 / 101 - 1)


@pytest.mark.parametrize("equity", [[], [0.0, 1.0], [100.0, math.nan], [math.inf, 1.0]])
def test_what_is_no_equity_curve_is_refused(equity):
    with pytest.raises(DataError, match="equity curve"):
        statistics(equity)


@given(st.lists(st.just(0.0) | st.floats(1e-6, 1e6), max_size=8), st.floats(1, 1e5))
def test_every_figure_is_finite_or_none_with_a_reason(later, per_year):
    stats, reasons = statistics([100.0, *later], per_year=per_year)

    assert all(value is None or math.isfinite(value) for value in stats.values())
    assert set(reasons) == {name for name, value in stats.items() if value is None}
