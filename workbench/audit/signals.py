"""Whether strategies see the future: forecasts and bars after an origin are cut, and changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.audit.fresh import call_fresh
from workbench.audit.futures import FUTURES, Factors, changed_panel
from workbench.audit.leak import Leak, compare_rows, earliest, moment_text, spread
from workbench.contracts.arrays import Forecasts, TimeArray
from workbench.contracts.panel import Panel
from workbench.contracts.strategy import Strategy
from workbench.errors import WorkbenchError
from workbench.evaluation.quantiles import quantile_columns

if TYPE_CHECKING:
    import pandas as pd

Ask = Callable[[Strategy, Forecasts, Panel], "pd.DataFrame"]
"""Asks a strategy: gives `position`, `stop` and `take_profit`, indexed (origin, symbol), unique."""
Make = Callable[[], Strategy]

N_CHANGED = 6
"""Origins after which forecasts and bars are changed; each in every way of `FUTURES`."""
N_FRESH = 6
"""Origins that are looked at in a process of their own."""
N_SURE = 25
"""Origins that are looked at however slow a strategy is."""


@dataclass(frozen=True, eq=False)
class Trading:
    """What a strategy is asked: the forecasts of one model, and the bars.

    Parameters
    ----------
    forecasts : DataFrame
        Rows of the columns that a run hands over.
    panel : Panel
    """

    forecasts: Forecasts
    panel: Panel

    @property
    def moments(self) -> TimeArray:
        """Moments at which forecasts were made, increasing."""
        return np.unique(self._known())

    def until(self, moment: np.datetime64) -> Trading:
        """Return what there was at a moment."""
        return Trading(self.forecasts[self._known() <= moment], self.panel.until(moment))

    def changed(self, moment: np.datetime64, factors: Factors) -> Trading:
        """Return the same with everything changed that became known after a moment; later forecasts change sides."""
        panel = changed_panel(self.panel, moment, factors)
        later = self._known() > moment
        by = -factors(np.random.default_rng(2), int(later.sum()))
        forecasts = self.forecasts.copy()
        forecasts["last_price"] = at_origins(panel, "close", forecasts["origin"], forecasts["symbol"])
        for column in quantile_columns(forecasts):  # intervals go with what they are around
            forecasts.loc[later, column] += forecasts.loc[later, "forecast"].astype(np.float64) * (by - 1.0)
        for column in ("forecast", "expected_return"):
            forecasts.loc[later, column] = forecasts.loc[later, column].astype(np.float64) * by
        forecasts.loc[later, "price"] = forecasts["last_price"] * (1.0 + forecasts["expected_return"])
        return Trading(forecasts, panel)

    def _known(self) -> TimeArray:
        return known_at(self.panel, self.forecasts["origin"], self.forecasts["symbol"])


def audit_signals(make: Make, ask: Ask, trading: Trading, *, seconds: float = 4.0) -> Leak | None:
    """Ask a strategy at each origin with what was known there, then with everything, and compare.

    Short blocks come first, so that a strategy that remembers what it saw has not seen the future yet. A row that is
    not answered counts as NaN: neither changes a position.

    Parameters
    ----------
    make : callable
        Gives a fresh strategy for each question.
    ask : callable
    trading : Trading
    seconds : float
        Time to spend on cuts; a slow strategy is asked at random origins instead of all.
    """
    answers: list[tuple[np.datetime64, pd.DataFrame]] = []
    started = time.perf_counter()
    for moment in _surest_first(trading.moments):
        if len(answers) >= N_SURE and time.perf_counter() - started > seconds:
            break
        answers.append((moment, _ask(ask, make(), trading.until(moment))))
    whole = _ask(ask, make(), trading)
    leak: Leak | None = None
    for moment, answer in answers:
        leak = earliest(leak, compare_signals(whole, answer, trading.panel, moment, _left_out(moment)))
    return earliest(leak, _changed_futures(make, ask, trading, whole))


def audit_signals_afresh(make: Make, ask: Ask, trading: Trading, classes: Iterable[type] = ()) -> Leak | None:
    """Ask at some origins with what was known there, and once with everything, each in a fresh process.

    Parameters
    ----------
    make, trading
        See `audit_signals`.
    ask : callable
        Importable by name.
    classes : iterable of type
        Further classes that the strategy refers to; see `call_fresh`.

    Raises
    ------
    FreshProcessError
        A process gave no answer.
    WorkbenchError
        The strategy failed there.
    """
    moments = _drawn(trading.moments, N_FRESH)
    asked = [trading, *(trading.until(moment) for moment in moments)]
    items = [(ask, make(), part) for part in asked]
    answers = call_fresh(_ask_item, items, [type(make()), *classes], ("pandas",))
    failed = [answer.error for answer in answers if answer.error is not None]
    if failed:
        raise WorkbenchError(f"in a fresh process it failed: {failed[0]}")
    whole, *parts = (answer.value for answer in answers)
    end = trading.panel.times[-1]
    here = _ask(ask, make(), trading)
    leak = compare_signals(whole, here, trading.panel, end, "other bars had been traded before, in the same process")
    for moment, part in zip(moments, parts, strict=True):
        how = f"{_left_out(moment)}, in a fresh process"
        leak = earliest(leak, compare_signals(whole, part, trading.panel, moment, how))
    return leak


def compare_signals(
    whole: pd.DataFrame, other: pd.DataFrame, panel: Panel, moment: np.datetime64, how: str
) -> Leak | None:
    """Compare two answers on the origins known at a moment.

    Parameters
    ----------
    whole, other : DataFrame
        Indexed (origin, symbol).
    panel : Panel
    moment : datetime64
    how : str
        See `Leak`.
    """
    index = whole.index.union(other.index)
    known = known_at(panel, index.get_level_values("origin"), index.get_level_values("symbol")) <= moment
    scale = spread(whole.to_numpy())
    leak: Leak | None = None
    for symbol in panel:
        rows = index[known & (index.get_level_values("symbol") == symbol)]
        before, after = whole.reindex(rows).to_numpy(), other.reindex(rows).to_numpy()
        where = symbol if len(panel.symbols) > 1 else ""
        labels = rows.get_level_values("origin")
        columns = [str(column) for column in whole.columns]
        leak = earliest(leak, compare_rows(before, after, scale, columns, labels, how, where))
    return leak


def known_at(panel: Panel, origins: pd.Index | pd.Series, symbols: pd.Index | pd.Series) -> TimeArray:
    """Return when the bar of each origin became known, of shape (n,)."""
    known: TimeArray = at_origins(panel, "known_at", origins, symbols)
    return known


def at_origins(panel: Panel, column: str, origins: pd.Index | pd.Series, symbols: pd.Index | pd.Series) -> Any:
    """Return what a column of the bars holds at each origin, an array of shape (n,)."""
    values = np.empty(len(origins), dtype=panel[panel.symbols[0]][column].to_numpy().dtype)
    labels, names = origins.to_numpy(), symbols.to_numpy()
    for symbol in panel:
        mine = np.flatnonzero(names == symbol)
        rows = np.searchsorted(panel[symbol].index.to_numpy(), labels[mine])
        values[mine] = panel[symbol][column].to_numpy()[rows]
    return values


def _changed_futures(make: Make, ask: Ask, trading: Trading, whole: pd.DataFrame) -> Leak | None:
    leak: Leak | None = None
    for moment in _drawn(trading.moments, N_CHANGED):
        for how, factors in FUTURES.items():
            answer = _ask(ask, make(), trading.changed(moment, factors))
            text = f"bars and forecasts known after {moment_text(moment)} {how}"
            leak = earliest(leak, compare_signals(whole, answer, trading.panel, moment, text))
    return leak


def _ask(ask: Ask, strategy: Strategy, trading: Trading) -> pd.DataFrame:
    return ask(strategy, trading.forecasts.reset_index(drop=True), trading.panel)


def _ask_item(item: tuple[Ask, Strategy, Trading]) -> pd.DataFrame:
    return _ask(*item)


def _surest_first(moments: TimeArray) -> Sequence[np.datetime64]:
    """Return some moments at random and then all others, each part increasing."""
    chosen = _drawn(moments, N_SURE)
    return [*chosen, *np.setdiff1d(moments, chosen)]


def _drawn(moments: TimeArray, n: int) -> TimeArray:
    drawn: TimeArray = np.sort(np.random.default_rng(8).choice(moments, size=min(n, len(moments)), replace=False))
    return drawn


def _left_out(moment: np.datetime64) -> str:
    return f"forecasts and bars known after {moment_text(moment)} were left out"
