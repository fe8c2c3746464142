"""Checks of strategies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.audit.fresh import FreshProcessError
from workbench.audit.leak import Leak
from workbench.audit.signals import Trading, at_origins, audit_signals, audit_signals_afresh, compare_signals
from workbench.contracts.arrays import FloatArray
from workbench.contracts.calling import calling
from workbench.contracts.panel import Panel
from workbench.contracts.strategy import Strategy
from workbench.errors import PluginError, WorkbenchError
from workbench.runs.signals import ask_strategy
from workbench.testing.again import afresh, same_again
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.series import constant_bars, negative_bars
from workbench.testing.state import nothing_shared_changes, other_random_numbers, plugin_unchanged, unchanged
from workbench.testing.trading import EDGES, target_of, toy_forecasts, toy_trading

if TYPE_CHECKING:
    import pandas as pd

N_LONG = 1600
"""Origins of the longest block."""


def no_look_ahead(case: Case) -> str | None:
    """A signal depends on forecasts and bars known at its origin alone: cutting or changing what follows moves nothing.

    Forecasts and bars are cut at every origin of one symbol and of three that close at different hours, and at random
    origins of a long block; each time a fresh instance is asked, shortest block first. They are changed after some
    origins, and some cuts are traded in processes of their own, where nothing is remembered.
    """
    for trading in (toy_trading(case, 180), toy_trading(case, 130, 3), toy_trading(case, N_LONG + 60, seed=4)):
        _refuse(audit_signals(case.fresh, ask_strategy, trading, seconds=2.0))
    try:
        _refuse(audit_signals_afresh(case.fresh, ask_strategy, toy_trading(case, 400, 3)))
    except (FreshProcessError, WorkbenchError) as err:
        raise CheckFailure(f"it cannot be checked in a fresh process: {err}") from err
    return None


def _refuse(leak: Leak | None) -> None:
    if leak is not None:
        raise CheckFailure.of(leak)


def signals_in_bounds(case: Case) -> None:
    """Signals are indexed (origin, symbol), each once and of a bar that is there; positions lie in [-1, 1] or are NaN.

    A frame has the columns `position`, `stop` and `take_profit` and no others. The stop of a position lies on the side
    on which it loses, the take-profit on the other.
    """
    for n_symbols in (1, 3):
        trading = toy_trading(case, 200, n_symbols)
        signals = _ask(case, trading)
        origins, symbols = (signals.index.get_level_values(level) for level in ("origin", "symbol"))
        close = at_origins(trading.panel, "close", origins, symbols)
        _check_sides(signals, close)


def _check_sides(signals: pd.DataFrame, close: FloatArray) -> None:
    side = np.sign(np.nan_to_num(signals["position"].to_numpy()))
    for column, sign in (("stop", -1.0), ("take_profit", 1.0)):
        price = signals[column].to_numpy()
        with np.errstate(invalid="ignore"):
            wrong = (sign * side * (price - close) < 0) | (price <= 0) | np.isinf(price)
        if wrong.any():
            row = int(wrong.argmax())
            origin, symbol = signals.index[row]
            where = "above 0 and " if price[row] <= 0 or np.isinf(price[row]) else ""
            raise CheckFailure(
                f"`{column}` of {symbol} at {origin} is {price[row]:.6g}, for a position of "
                f"{signals['position'].iloc[row]:g} and a close of {close[row]:.6g}; expected a price {where}"
                f"{'above' if sign * side[row] > 0 else 'below'} the close, or NaN for none.",
                column,
                row,
            )


def input_is_unchanged(case: Case) -> None:
    """It leaves the forecasts and the bars that it is given as they are."""
    trading, strategy = toy_trading(case, 150, 3), case.fresh()
    forecasts = trading.forecasts[trading.forecasts["step"] == strategy.step].reset_index(drop=True)
    frames = [trading.panel[symbol] for symbol in trading.panel]
    with unchanged("the forecasts", forecasts), unchanged("the bars", *frames), calling(strategy, "signals"):
        strategy.signals(forecasts, trading.panel)


def plugin_is_unchanged(case: Case) -> None:
    """Trading changes nothing that the plugin holds; frozen fields still leave room for private state."""
    strategy = case.fresh()
    with plugin_unchanged(strategy):
        _ask(case, toy_trading(case, 200, 3), strategy)
        _ask(case, toy_trading(case, 150, seed=2), strategy)


def shares_nothing(case: Case) -> None:
    """Trading changes nothing that others see: no class attribute, module variable, random generator or setting."""
    _ask(case, toy_trading(case, 150))  # what is set up once, at the first call, is no harm
    with nothing_shared_changes(type(case.plugin)):
        _ask(case, toy_trading(case, 200, 3, seed=2))
        _ask(case, toy_trading(case, 150, seed=3))


def same_numbers_again(case: Case) -> None:
    """The same forecasts and bars give the same signals: again, after others, and in a fresh process."""
    trading, strategy = toy_trading(case, 200, 3), case.fresh()
    first = _ask(case, trading, strategy)
    _ask(case, toy_trading(case, 150, seed=9), strategy)
    answers = [("after other bars", _ask(case, trading, strategy)), ("from another instance", _ask(case, trading))]
    with other_random_numbers():
        answers.append(("when the global random generators are in another state", _ask(case, trading)))
    answers.append(("in a fresh process", afresh(_ask_item, (case.fresh(), trading), type(strategy))))
    for how, answer in answers:
        difference = compare_signals(first, answer, trading.panel, trading.panel.times[-1], how)
        same_again(difference, "Draw nothing at random, and keep nothing between calls.")


def _ask(case: Case, trading: Trading, strategy: Strategy | None = None) -> pd.DataFrame:
    return ask_strategy(strategy or case.fresh(), trading.forecasts, trading.panel)


def _ask_item(item: tuple[Strategy, Trading]) -> pd.DataFrame:
    strategy, trading = item
    return ask_strategy(strategy, trading.forecasts, trading.panel)


def odd_input(case: Case) -> str | None:
    """Forecasts that say nothing, lone ones, delisted symbols and odd bars give signals, or a clear DataError."""
    refused = []
    for what, trading in _odd_trading(case).items():
        try:
            _ask(case, trading)
        except PluginError as err:
            raise CheckFailure(f"given {what}: {err} Give 0 or NaN where there is nothing to trade.") from err
        except WorkbenchError:
            refused.append(what)
    return f"it refuses {', '.join(refused)}" if refused else None


def _odd_trading(case: Case) -> dict[str, Trading]:
    usual, several = toy_trading(case, 150), toy_trading(case, 150, 3)
    bars = usual.panel["AAA"]
    target = target_of(case.plugin)

    def forecasts(panel: Panel) -> Trading:
        return Trading(toy_forecasts(panel, case.plugin.step, target=target), panel)

    gone = several.panel.only("AAA").times[100]
    delisted = Panel(
        {s: b if s == "AAA" else b[b["known_at"].to_numpy() <= gone] for s, b in several.panel.frames.items()}
    )
    one_price = Panel({"AAA": constant_bars(bars)})
    below_zero = Panel({"AAA": negative_bars(bars)})
    silent = {"forecast": np.nan, "price": np.nan, "expected_return": np.nan, **dict.fromkeys(EDGES, np.nan)}
    return {
        "forecasts without quantiles": Trading(usual.forecasts.drop(columns=list(EDGES)), usual.panel),
        "forecasts that say nothing of price": Trading(usual.forecasts.assign(**silent), usual.panel),
        "a single origin": Trading(usual.forecasts.groupby("step").head(1), usual.panel),
        "symbols that are delisted in the middle": forecasts(delisted),
        "forecasts that are all alike": Trading(
            usual.forecasts.assign(forecast=0.01, expected_return=0.01), usual.panel
        ),
        "a price that never moves": forecasts(one_price),
        "bars without a volume": Trading(usual.forecasts, Panel({"AAA": bars.assign(volume=np.nan)})),
        "prices that cross zero": forecasts(below_zero),
    }


CHECKS = checks(
    no_look_ahead,
    signals_in_bounds,
    input_is_unchanged,
    plugin_is_unchanged,
    shares_nothing,
    same_numbers_again,
    odd_input,
)
