"""Made-up forecasts for strategies to trade, of whichever target they are for."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.audit.signals import Trading
from workbench.audit.targets import target_samples
from workbench.contracts.arrays import Bars, FloatArray, Forecasts
from workbench.contracts.panel import Panel
from workbench.contracts.strategy import Strategy
from workbench.contracts.target import Target
from workbench.contracts.use import Use
from workbench.errors import WorkbenchError
from workbench.evaluation.pipeline import expected_return, forecast_prices
from workbench.registry.registry import Registry, default_registry
from workbench.testing.check import Case
from workbench.testing.series import toy_panel
from workbench.testing.windows import SYMBOLS

if TYPE_CHECKING:
    import pandas as pd

EDGES = {"q0.025": -0.02, "q0.1": -0.013, "q0.9": 0.013, "q0.975": 0.02}
"""Quantile columns of a run with the usual `coverage`, and how far they lie from a forecast of returns."""


def toy_forecasts(
    panel: Panel, step: int = 1, first: int = 60, seed: int = 1, *, target: Target | None = None
) -> Forecasts:
    """Return made-up forecasts of every bar after the first ones, as a run hands them to a strategy.

    Parameters
    ----------
    panel : Panel
    step : int, default=1
        Steps ahead, rows of which are there.
    first : int, default=60
        First origin, as a row of each symbol.
    seed : int, default=1
    target : Target, optional
        What is forecast; simple returns by default, and where the target refuses the bars.

    Returns
    -------
    DataFrame
        One row per symbol, origin and step, in two folds, with the quantiles of intervals of 80 and 95 %. Where the
        last price is not positive, or the target says nothing of price, `expected_return` is NaN.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    known = _known(panel, target)
    parts = [_forecasts_of(panel[s], rng, first, step, known.get(s)).assign(symbol=s) for s in panel]
    frame = pd.concat(parts, ignore_index=True).assign(model="toy", seed=1)
    last = frame["last_price"].to_numpy()
    if target is not None and known:
        frame["price"] = forecast_prices(target, frame[["forecast"]].to_numpy(), last)[:, 0]
    else:
        frame["price"] = last * (1.0 + frame["forecast"])
    frame["expected_return"] = expected_return(frame["price"].to_numpy(), last)
    return _in_order(frame)


def _in_order(frame: pd.DataFrame) -> Forecasts:
    from workbench.runs.trading import FORECAST_COLUMNS

    ordered = frame.sort_values(["symbol", "fold", "origin", "step"], ignore_index=True)
    edges = {name: ordered["forecast"] + width * ordered["unit"] for name, width in EDGES.items()}
    return ordered[FORECAST_COLUMNS].assign(**edges)


def _known(panel: Panel, target: Target | None) -> dict[str, FloatArray]:
    """Return what of a target was realised at each bar; nothing where it refuses the bars."""
    if target is None:
        return {}
    try:
        samples = target_samples(target, panel, 1)
    except WorkbenchError:
        return {}
    return {symbol: part.realised for symbol, part in samples.by_symbol.items()}


def _forecasts_of(
    bars: Bars, rng: np.random.Generator, first: int, horizon: int, known: FloatArray | None
) -> pd.DataFrame:
    """Return forecasts of one symbol: what was last known, or 0, and a wave and noise, more of it the further ahead."""
    import pandas as pd

    origins = np.arange(min(first, len(bars) - horizon - 1), len(bars) - horizon)
    rows, steps = np.repeat(origins, horizon), np.tile(np.arange(1, horizon + 1), len(origins))
    change = 0.004 * np.sin(rows / 11.0) + rng.normal(0.0, 0.01, len(rows)) * np.sqrt(steps)
    return pd.DataFrame(
        {
            "fold": (rows >= len(bars) * 2 // 3).astype(int),
            "origin": bars.index[rows],
            "step": steps,
            "target_time": bars.index[rows + steps],
            "last_price": bars["close"].to_numpy()[rows],
            "forecast": change if known is None else np.nan_to_num(known[rows]) + change * _unit(known),
            "unit": 1.0 if known is None else _unit(known),
        }
    )


def _unit(known: FloatArray) -> float:
    """What a change of 1 is in units of the target: a change of one per cent moves it by its usual spread."""
    defined = known[np.isfinite(known)]
    return 100.0 * (float(defined.std()) if len(defined) else 1.0)


def toy_trading(case: Case, n_bars: int, n_symbols: int = 1, seed: int = 1) -> Trading:
    """Return forecasts and bars for the strategy to trade, of the target that it is for."""
    panel = toy_panel(n_bars, SYMBOLS[:n_symbols], seed)
    return Trading(toy_forecasts(panel, case.plugin.step, seed=seed, target=target_of(case.plugin)), panel)


def target_of(strategy: Strategy) -> Target | None:
    """Make a target that a strategy is for: of its own module, or an installed one; None without any."""
    for name in sorted(type(strategy).for_targets):
        beside: dict[str, Any] = getattr(sys.modules.get(type(strategy).__module__), "__dict__", {})
        for cls in beside.values():
            if isinstance(cls, type) and issubclass(cls, Target) and cls.name == name:
                return cls()
        try:
            return _registry().create("target", Use(name=name), Target)
        except WorkbenchError:
            continue
    return None


@cache
def _registry() -> Registry:
    return default_registry()
