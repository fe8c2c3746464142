"""Checks of strategies."""

from __future__ import annotations

import numpy as np

from workbench.audit.fresh import FreshProcessError
from workbench.audit.leak import Leak
from workbench.audit.signals import Trading, audit_signals, audit_signals_afresh
from workbench.contracts.arrays import Forecasts
from workbench.contracts.panel import Panel
from workbench.errors import WorkbenchError
from workbench.runs.signals import ask_strategy
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.series import toy_panel
from workbench.testing.windows import SYMBOLS

N_LONG = 1600
"""Origins of the longest block."""


def toy_forecasts(panel: Panel, step: int = 1, first: int = 60, seed: int = 1) -> Forecasts:
    """Return made-up forecasts of every bar after the first ones, as a run hands them to a strategy.

    Parameters
    ----------
    panel : Panel
    step : int, default=1
        Steps ahead, rows of which are there.
    first : int, default=60
        First origin, as a row of each symbol.
    seed : int, default=1

    Returns
    -------
    DataFrame
        One row per symbol, origin and step, in two folds; the forecast is the sum of a wave and noise.
    """
    import pandas as pd

    from workbench.runs.trading import FORECAST_COLUMNS

    parts = []
    for i, symbol in enumerate(panel):
        bars = panel[symbol]
        rows = np.arange(min(first, len(bars) - step - 1), len(bars) - step)
        noise = np.random.default_rng(seed + i).normal(0.0, 0.01, len(bars))
        for k in range(1, step + 1):
            last = bars["close"].to_numpy()[rows]
            expected = (noise + 0.004 * np.sin(np.arange(len(bars)) / 11.0))[rows] * np.sqrt(k)
            expected[last <= 0] = np.nan
            parts.append(
                pd.DataFrame(
                    {
                        "model": "toy",
                        "symbol": symbol,
                        "seed": 1,
                        "fold": (rows >= len(bars) * 2 // 3).astype(int),
                        "origin": bars.index[rows],
                        "step": k,
                        "target_time": bars.index[rows + k],
                        "last_price": last,
                        "forecast": expected,
                        "price": last * (1.0 + expected),
                        "expected_return": expected,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)[FORECAST_COLUMNS]


def toy_trading(case: Case, n_bars: int, n_symbols: int = 1, seed: int = 1) -> Trading:
    """Return forecasts and bars for the strategy to trade."""
    panel = toy_panel(n_bars, SYMBOLS[:n_symbols], seed)
    return Trading(toy_forecasts(panel, case.plugin.step, seed=seed), panel)


def no_look_ahead(case: Case) -> str | None:
    """A signal depends on forecasts and bars known at its origin alone: cutting or changing what follows moves nothing.

    Forecasts and bars are cut at every origin of one symbol and of three that close at different hours, and at random
    origins of a long block; each time a fresh instance is asked, shortest block first. They are changed after some
    origins, and some cuts are traded in processes of their own, where nothing is remembered.
    """
    for trading in (toy_trading(case, 180), toy_trading(case, 130, 3), toy_trading(case, N_LONG + 60, seed=4)):
        _refuse(audit_signals(case.fresh, ask_strategy, trading, seconds=3.0))
    try:
        _refuse(audit_signals_afresh(case.fresh, ask_strategy, toy_trading(case, 400, 3)))
    except (FreshProcessError, WorkbenchError) as err:
        raise CheckFailure(f"it cannot be checked in a fresh process: {err}") from err
    return None


def _refuse(leak: Leak | None) -> None:
    if leak is not None:
        raise CheckFailure.of(leak)


CHECKS = checks(
    no_look_ahead,
)
