"""Trades of the headline forecaster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.reports import formats
from workbench.reports.data.equity import compared_models
from workbench.reports.html import Table, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run

SHOWN_EACH = 20
"""Trades shown from the beginning, and as many from the end."""

_COLUMNS = ["Symbol", "Entry", "Exit", "Units", "Entry price", "Exit price", "Profit", "Return", "Commission"]


def render(run: Run) -> str:
    """Return the first and last trades; nothing where the experiment has no strategy."""
    if run.headline not in compared_models(run):
        return ""
    import pandas as pd

    backtest = run.backtests[run.headline]
    n_closed, n_open = len(backtest.trades), len(backtest.open_trades)
    if not n_closed + n_open:
        return paragraph(f"{run.headline} never traded.")
    still_open = backtest.open_trades.assign(is_open=True)
    parts = [part for part in (backtest.trades.assign(is_open=False), still_open) if len(part)]
    trades = pd.concat(parts, ignore_index=True).sort_values("entry_time", kind="stable")
    shown = trades if len(trades) <= 2 * SHOWN_EACH else pd.concat([trades.head(SHOWN_EACH), trades.tail(SHOWN_EACH)])
    intro = f"{run.headline} closed {formats.count(n_closed)} trades; {formats.count(n_open)} stood open at the end."
    if len(shown) < len(trades):
        intro += f" These are the first and the last {SHOWN_EACH}; the store has them all."
    content = Table(
        f"Trades of {run.headline}",
        _COLUMNS,
        [_row(trade) for _, trade in shown.iterrows()],
        n_text=3,
        note="Prices as filled, half the spread included; profit after commission. Open trades are marked at the last "
        "close.",
    )
    return paragraph(intro) + table(content)


def _row(trade: pd.Series[Any]) -> list[str]:
    return [
        str(trade["symbol"]),
        formats.moment(trade["entry_time"]),
        "open" if trade["is_open"] else formats.moment(trade["exit_time"]),
        formats.number(trade["units"]),
        formats.price(trade["entry_price"]),
        formats.price(trade["exit_price"]),
        formats.money(trade["pnl"]),
        formats.percent(trade["simple_return"], 2),
        formats.money(trade["commission"]),
    ]
