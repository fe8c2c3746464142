"""Checks of engines."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.audit.engines import COSTS, AsTraded, How, as_traded, momentum_signals, traded
from workbench.audit.features import Columns, audit_feature, audit_feature_afresh
from workbench.audit.fresh import FreshProcessError
from workbench.contracts.backtest import Backtest, BacktestContext, Costs
from workbench.contracts.panel import Panel
from workbench.errors import PluginError, WorkbenchError
from workbench.evaluation.sizing import size_order
from workbench.testing.again import afresh, agree
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.markets import FREE, bars_of, fills, run_one, simulate, value_of_trades
from workbench.testing.orders import ORDER_CASES, order_of
from workbench.testing.series import negative_bars, toy_bars, toy_panel
from workbench.testing.state import nothing_shared_changes, plugin_unchanged, unchanged

if TYPE_CHECKING:
    from workbench.contracts.arrays import Bars, TimeArray

SECONDS = 2.5
"""Time to spend on cuts of one market."""
_SYMBOLS = ("AAA", "BBB", "CCC")
_TRADE_COLUMNS = [
    *("symbol", "entry_time", "exit_time", "units", "entry_price", "exit_price", "pnl", "simple_return", "commission")
]
_TABLES = {
    "trades": _TRADE_COLUMNS,
    "open_trades": _TRADE_COLUMNS,
    "orders": ["symbol", "decided", "units", "status", "reason"],
}
_ROWS = [(10, 11, 9, 10), (10, 12, 10, 11), (12, 13, 11, 12), (12, 12, 9, 10), (11, 14, 11, 13), (13, 15, 12, 15)]


def _panel(n_bars: int = 120, symbols: tuple[str, ...] = ("AAA",), seed: int = 1) -> Panel:
    """Return bars that are all known at the end of their day: only then is there an equity of all symbols together."""
    panel = toy_panel(n_bars, symbols, seed)
    day = np.timedelta64(1, "D")
    return Panel({s: panel[s].assign(known_at=panel[s].index.to_numpy() + day) for s in panel}, panel.interval)


def _traded(case: Case, panel: Panel, costs: Costs = COSTS, *, brackets: bool = False) -> Backtest:
    start = max(panel[symbol].index[0] for symbol in panel)
    signals = momentum_signals(panel, start, brackets=brackets)
    return traded(case.fresh(), panel, signals, costs, BacktestContext(252.0, start))


def equity_on_the_bars(case: Case) -> None:
    """Equity and exposure are finite on the bars from the start on, one symbol or several, and begin with the cash."""
    for symbols in (_SYMBOLS[:1], _SYMBOLS):
        panel = _panel(symbols=symbols)
        backtest = _traded(case, panel)
        start = max(panel[symbol].index[0] for symbol in panel)
        labels = sorted({moment for s in panel for moment in panel[s].index if moment >= start})
        for name, series in (("equity", backtest.equity), ("exposure", backtest.exposure)):
            if list(series.index) != labels:
                raise CheckFailure(
                    f"`{name}` has {len(series)} rows, but {len(symbols)} symbols have {len(labels)} bars from the "
                    f"start on; it is to be indexed by them."
                )
            if not np.isfinite(series.to_numpy(dtype=np.float64)).all():
                raise CheckFailure(f"`{name}` is not finite everywhere.", name)
        if not math.isclose(backtest.equity.iloc[0], case.plugin.cash, rel_tol=1e-12):
            raise CheckFailure(f"equity begins with {backtest.equity.iloc[0]:g}, but `cash` is {case.plugin.cash:g}.")


def tables_have_their_columns(case: Case) -> None:
    """Trades, open trades and orders have the columns of `Backtest`, empty or not."""
    panel = _panel()
    flat = run_one(case.fresh(), panel["AAA"], {3: 0.0})
    for backtest in (_traded(case, panel), flat):
        for name, expected in _TABLES.items():
            missing = [column for column in expected if column not in getattr(backtest, name).columns]
            if missing:
                raise CheckFailure(f"`{name}` lacks {', '.join(missing)}.", missing[0])


def fills_at_the_next_open(case: Case) -> None:
    """A signal decided at a close is filled at the open of the next bar, never earlier and never at the close."""
    for side in (1.0, -0.5):
        bars = bars_of(_ROWS)
        found = fills(run_one(case.fresh(), bars, {1: side, 3: 0.0}))
        expected = [(bars.index[2], bars["open"].iloc[2]), (bars.index[4], bars["open"].iloc[4])]
        got = [(moment, price) for moment, _, price in found]
        if [m for m, _ in got] != [m for m, _ in expected] or not np.allclose(
            [p for _, p in got], [p for _, p in expected], rtol=1e-9
        ):
            raise CheckFailure(
                f"signals {side:g} and 0, decided at the closes of bars 1 and 3, were filled at {_told(got)}; expected "
                f"the opens of bars 2 and 4: {_told(expected)}."
            )


def _told(found: list[Any]) -> str:
    return ", ".join(f"{price:g} on {str(moment)[:10]}" for moment, price in found) or "nothing"


def last_bar_never_fills(case: Case) -> None:
    """A signal decided on the last bar is not filled."""
    bars = bars_of(_ROWS)
    found = fills(run_one(case.fresh(), bars, {len(bars) - 1: 1.0}))
    if found:
        raise CheckFailure(f"a signal decided at the last close was filled at {found[0][2]:g}: there is no next open.")


def constant_signal_holds(case: Case) -> None:
    """A signal trades when it changes, not while it stays; NaN is no change."""
    bars = toy_bars(60)
    sparse = run_one(case.fresh(), bars, {5: 0.6}, COSTS)
    for what, positions in (
        ("the same signal at every bar", dict.fromkeys(range(5, 60), 0.6)),
        ("NaN at every bar after a signal", {5: 0.6, **dict.fromkeys(range(6, 60), math.nan)}),
    ):
        backtest = run_one(case.fresh(), bars, positions, COSTS)
        n_fills = len(fills(backtest))
        if n_fills != 1 or not np.allclose(backtest.equity, sparse.equity, rtol=1e-12):
            raise CheckFailure(f"with {what} there were {n_fills} fills; expected one, and the position to drift.")


def flat_keeps_cash(case: Case) -> None:
    """Signals of zero trade nothing and keep the cash."""
    backtest = run_one(case.fresh(), toy_bars(60), dict.fromkeys(range(60), 0.0), COSTS)
    if fills(backtest) or not np.allclose(backtest.equity, case.plugin.cash, rtol=1e-12):
        raise CheckFailure(f"with signals of zero, equity ended at {backtest.equity.iloc[-1]:g}.")


def costs_are_as_stated(case: Case) -> None:
    """One trade earns what size, half the spread and commission at both fills make of it, bought or sold short."""
    bars = bars_of(_ROWS)
    entry, exit_ = float(bars["open"].iloc[2]), float(bars["open"].iloc[4])
    for costs in (FREE, Costs(commission=0.002), Costs(spread=0.01), Costs(commission=0.002, spread=0.01)):
        for side in (1.0, -0.5):
            engine = case.fresh()
            units = size_order(side, engine.cash, 0.0, entry, costs, engine.lot)
            bought, sold = (entry, exit_) if units > 0 else (exit_, entry)
            moved = abs(units) * (sold * (1 - costs.spread / 2) - bought * (1 + costs.spread / 2))
            turnover = abs(units) * (sold * (1 - costs.spread / 2) + bought * (1 + costs.spread / 2))
            expected = engine.cash + moved - turnover * costs.commission
            got = float(run_one(engine, bars, {1: side, 3: 0.0}, costs).equity.iloc[-1])
            if not math.isclose(got, expected, rel_tol=1e-9):
                raise CheckFailure(
                    f"with {costs}, a signal of {side:g} from {entry:g} to {exit_:g} left {got:.6f}; expected "
                    f"{expected:.6f}. Sizes come from `workbench.size_order`; half the spread is paid at each fill."
                )


def equity_is_cash_and_holdings(case: Case) -> None:
    """At every close, equity is the cash at the start and what the trades have made of it by then."""
    for brackets in (False, True):
        panel = _panel()
        backtest = _traded(case, panel, brackets=brackets)
        closes = panel["AAA"]["close"].reindex(backtest.equity.index)
        expected = case.plugin.cash + value_of_trades(backtest, closes, COSTS.commission)
        wrong = ~np.isclose(backtest.equity.to_numpy(), expected, rtol=1e-9)
        if wrong.any():
            row = int(wrong.argmax())
            raise CheckFailure(
                f"equity at {str(backtest.equity.index[row])[:10]} is {backtest.equity.iloc[row]:.4f}, but cash and "
                f"the trades add up to {expected[row]:.4f}.",
                "equity",
                row,
            )


def orders_as_worked_by_hand(case: Case) -> None:
    """`simulate` fills markets, limits, stops and take-profits as worked out by hand, and rejects what is too dear."""
    for what, orders, expected, equity in ORDER_CASES:
        backtest = simulate(case.fresh(), bars_of(_ROWS), [order_of(order) for order in orders])
        rows = {moment: row for row, moment in enumerate(backtest.equity.index)}
        got = [(rows[moment], units, price) for moment, units, price in fills(backtest)]
        if len(got) != len(expected) or (got and not np.allclose(got, sorted(expected), rtol=1e-9)):
            raise CheckFailure(f"{what}: filled (bar, units, price) {got}; expected {list(expected)}.")
        if not math.isclose(backtest.equity.iloc[-1], equity, rel_tol=1e-9):
            raise CheckFailure(f"{what}: equity ended at {backtest.equity.iloc[-1]:g}; expected {equity:g}.")
        unfilled = backtest.orders[backtest.orders["status"] != "filled"]
        if not expected and (unfilled.empty or not unfilled["reason"].astype(bool).all()):
            raise CheckFailure(f"{what}: `orders` does not say that it was not filled, and why.")


def statistics_are_fractions(case: Case) -> None:
    """Statistics are numbers, or None with a reason; shares are fractions, and the return is that of the equity."""
    panel = _panel()
    for backtest in (_traded(case, panel), run_one(case.fresh(), bars_of(_ROWS[:2]), {0: 0.0})):
        for name, value in backtest.stats.items():
            if value is None and not backtest.reasons.get(name):
                raise CheckFailure(f"`{name}` is None, without a reason in `reasons`.", name)
            if value is not None and not math.isfinite(value):
                raise CheckFailure(f"`{name}` is {value}; what is undefined is None, with a reason.", name)
        total = float(backtest.equity.iloc[-1] / backtest.equity.iloc[0] - 1)
        stated = backtest.stats.get("total_return")
        if stated is None or not math.isclose(stated, total, rel_tol=1e-9, abs_tol=1e-12):
            raise CheckFailure(f"`total_return` is {stated}, but the equity says {total:.6g}, as a fraction.")
        fall = backtest.stats.get("max_drawdown")
        if fall is not None and not -1.0 <= fall <= 0.0:
            raise CheckFailure(f"`max_drawdown` is {fall:g}; expected a fraction from -1 to 0.", "max_drawdown")


def no_look_ahead(case: Case) -> str | None:
    """Equity and fills of a bar depend on bars and signals up to it: cutting or changing what follows moves nothing.

    Bars are cut at every moment, what is decided at the newest one with them, and changed after some; signals with and
    without stops, explicit orders, one symbol and three; with fresh instances, and some in processes of their own.
    """
    remarks = []
    for what, panel, moments, how in _markets_to_cut():
        try:
            found = audit_feature(partial(_arranged, case, how), panel, moments, seconds=SECONDS)
        except WorkbenchError as err:
            raise CheckFailure(f"it cannot be checked on {what}: {err}") from err
        if found.leak is not None:
            raise CheckFailure.of(found.leak)
        if found.n_cuts < found.n_refused:
            raise CheckFailure(f"it cannot be checked: on {what} it mostly failed, last with: {found.refusal}")
        if found.n_cuts + found.n_refused < len(moments):
            remarks.append(f"{what}: {found.n_cuts} of {len(moments)} moments, at random, because it is slow")
    _check_afresh(case)
    return "; ".join(remarks) or None


def _arranged(case: Case, how: How) -> AsTraded:
    return AsTraded(engine=case.fresh(), how=how)


def _markets_to_cut() -> list[tuple[str, Panel, TimeArray, How]]:
    one, three, long = _panel(70), _panel(90, _SYMBOLS, seed=5), _panel(700, seed=9)
    some = np.sort(np.random.default_rng(8).choice(long.times[20:-1], size=3, replace=False))
    return [
        ("one symbol", one, one.times[3:], "signals"),
        ("one symbol with stops", one, one.times[3:], "signals with stops"),
        ("explicit orders", one, one.times[3:], "orders"),
        ("three symbols", three, three.times[50:], "signals"),
        ("many bars", long, some, "signals"),
    ]


def _check_afresh(case: Case) -> None:
    panel = _panel(200, seed=4)
    moments = np.sort(np.random.default_rng(8).choice(panel.times[20:-1], size=5, replace=False))
    try:
        leak = audit_feature_afresh(_arranged(case, "signals with stops"), panel, moments, [type(case.plugin)])
    except (FreshProcessError, WorkbenchError) as err:
        raise CheckFailure(f"it cannot be checked in a fresh process: {err}") from err
    if leak is not None:
        raise CheckFailure.of(leak)


def input_is_unchanged(case: Case) -> None:
    """It leaves bars, signals and orders that it is given as they are."""
    panel, engine = _panel(symbols=_SYMBOLS).copy(), case.fresh()
    start = max(panel[symbol].index[0] for symbol in panel)
    signals = momentum_signals(panel, start, brackets=True)
    with unchanged("the bars or the signals", *[panel[s] for s in panel], signals):
        engine.run(panel, signals, COSTS, BacktestContext(252.0, start))
    bars = bars_of(_ROWS)
    orders = [order_of({"bar": 0, "units": 10.0})]
    with unchanged("the bars or the orders", bars, orders):
        engine.simulate(bars, orders, COSTS, 1000.0)


def plugin_is_unchanged(case: Case) -> None:
    """Trading changes nothing that the plugin holds; frozen fields still leave room for private state."""
    engine = case.fresh()
    with plugin_unchanged(engine):
        _use(engine, seed=1)


def shares_nothing(case: Case) -> None:
    """Trading changes nothing that others see: no class attribute, module variable, random generator or setting."""
    _use(case.fresh(), seed=1)  # what is set up once, at the first call, is no harm
    with nothing_shared_changes(type(case.plugin)):
        _use(case.fresh(), seed=2)


def _use(engine: Any, seed: int) -> None:
    as_traded(engine, _panel(seed=seed))
    simulate(engine, bars_of(_ROWS), [order_of({"bar": 0, "units": 10.0})])


def same_numbers_again(case: Case) -> None:
    """The same bars and signals give the same trades: again, after others, and in a fresh process."""
    panel, engine = _panel(symbols=_SYMBOLS), case.fresh()
    first = as_traded(case.fresh(), panel)
    _use(engine, seed=9)
    agree(first, as_traded(engine, panel), "after other bars")
    agree(first, afresh(_traded_item, (case.fresh(), panel), type(engine)), "in a fresh process")


def _traded_item(item: tuple[Any, Panel]) -> Columns:
    return as_traded(*item)


def odd_input(case: Case) -> str | None:
    """Bars without volume are traded; a single bar, ruin, or prices below zero give a result or a clear error."""
    bars = toy_bars(60)
    volumes = run_one(case.fresh(), bars, {5: 1.0, 30: -1.0}, COSTS).equity
    without = run_one(case.fresh(), bars.assign(volume=np.nan), {5: 1.0, 30: -1.0}, COSTS).equity
    if not np.allclose(volumes, without, rtol=1e-12):
        raise CheckFailure("equity is another one where no volume is known.")
    simulate(case.fresh(), bars_of(_ROWS).assign(volume=np.nan), [order_of({"bar": 0, "units": 10.0})])
    refused = [what for what, odd, positions in _odd_markets(bars) if _refuses(case, what, odd, positions)]
    return f"it refuses {', '.join(refused)}" if refused else None


def _odd_markets(bars: Bars) -> list[tuple[str, Bars, dict[int, float]]]:
    soaring = bars_of([(10, 10, 10, 10)] * 4 + [(45, 50, 40, 50)] * 4)
    return [
        ("a single bar", bars.iloc[:1], {0: 1.0}),
        ("a short sale that ruins the account", soaring, {1: -1.0}),
        ("trading at prices below zero", negative_bars(toy_bars(60)), {0: 1.0, 30: 0.5, 40: 0.0}),
        ("a constant price", bars.assign(open=10.0, high=10.0, low=10.0, close=10.0), {3: 1.0, 9: -1.0}),
    ]


def _refuses(case: Case, what: str, bars: Bars, positions: dict[int, float]) -> bool:
    try:
        equity = run_one(case.fresh(), bars, positions, COSTS).equity.to_numpy(dtype=np.float64)
    except PluginError as err:
        raise CheckFailure(f"given {what}: {err}") from err
    except WorkbenchError:
        return True
    if not np.isfinite(equity).all():
        raise CheckFailure(f"given {what}: equity is not finite.", "equity")
    return False


CHECKS = checks(
    equity_on_the_bars,
    tables_have_their_columns,
    fills_at_the_next_open,
    last_bar_never_fills,
    constant_signal_holds,
    flat_keeps_cash,
    costs_are_as_stated,
    equity_is_cash_and_holdings,
    orders_as_worked_by_hand,
    statistics_are_fractions,
    no_look_ahead,
    input_is_unchanged,
    plugin_is_unchanged,
    shares_nothing,
    same_numbers_again,
    odd_input,
)
