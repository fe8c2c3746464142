"""Equity, drawdown and statistics of trading the forecasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from workbench.reports import formats
from workbench.reports.data.equity import annualised, compared_models
from workbench.reports.data.models import shown_name
from workbench.reports.html import Table, bullets, figure, paragraph, table

if TYPE_CHECKING:
    from workbench.contracts.backtest import Backtest
    from workbench.runs.run import Run

_Format = Callable[[Any], str]


def _fine_percent(value: Any) -> str:
    return formats.percent(value, 2)


STATISTICS: dict[str, tuple[str, _Format]] = {
    "total_return": ("Total return", formats.percent),
    "annual_return": ("Return a year, compound", formats.percent),
    "volatility": ("Volatility, annual", formats.percent),
    "sharpe": ("Sharpe ratio, annual", formats.ratio),
    "sortino": ("Sortino ratio, annual", formats.ratio),
    "calmar": ("Calmar ratio", formats.ratio),
    "max_drawdown": ("Deepest fall, at closes", formats.percent),
    "max_drawdown_bars": ("Longest time below a high, bars", formats.count),
    "exposure_time": ("Time in the market", formats.percent),
    "n_trades": ("Closed trades", formats.count),
    "win_rate": ("Trades that won", formats.percent),
    "profit_factor": ("Money won / money lost", formats.ratio),
    "average_trade": ("Average trade", _fine_percent),
    "best_trade": ("Best trade", _fine_percent),
    "worst_trade": ("Worst trade", _fine_percent),
    "commission_paid": ("Commission paid", formats.money),
    "periods_per_year": ("Bars a year, for annual figures", formats.count),
    "n_bars": ("Bars", formats.count),
}
"""Label and format of the statistics known by name; an engine's others follow as plain numbers."""


def render(run: Run) -> str:
    """Return figure, statistics and what was paid; nothing where the experiment has no strategy."""
    models = compared_models(run)
    if not models:
        return ""
    backtests = {model: run.backtests[model] for model in models}
    drawing = figure(
        run,
        "equity",
        name="equity",
        title="Equity and drawdown",
        description=f"What one unit of money became at each close when the forecasts of {run.headline} were traded, "
        "beside buy and hold and persistence, and how far below its highest close it stood.",
    )
    content = Table("Statistics after costs", ["Statistic", *map(shown_name, models)], _rows(backtests))
    how = [f"Annual figures are {text}." for text in [annualised(run)] if text]
    facts = [*how, *_payments(run, backtests), *_reasons(backtests)]
    return Markup("").join([paragraph(_rules(run)), drawing, table(content), bullets(facts)])


def _rules(run: Run) -> str:
    asked = run.experiment
    strategy = asked.strategy.name if asked.strategy else "no strategy"
    seeds = " Forecasts are averaged over seeds before they are traded." if len(asked.seeds) > 1 else ""
    return (
        f"Strategy {strategy}, engine {asked.engine.name}. A signal decided at the close of a bar is filled at the "
        "open of the next one, never at the close it was computed from. All accounts start at the same bar; positions "
        f"still open at the end are marked at the last close.{seeds}"
    )


def _rows(backtests: dict[str, Backtest]) -> list[list[str]]:
    present = dict.fromkeys(name for backtest in backtests.values() for name in backtest.stats)
    names = [*(n for n in STATISTICS if n in present), *(n for n in present if n not in STATISTICS)]
    rows = []
    for name in names:
        label, write = STATISTICS.get(name, (name.replace("_", " "), formats.number))
        values = [backtest.stats.get(name) for backtest in backtests.values()]
        rows.append([label, *(write(value) if formats.is_known(value) else formats.NONE for value in values)])
    return rows


def _reasons(backtests: dict[str, Backtest]) -> list[str]:
    """Say why statistics have no value, the models with the same reason together."""
    models: dict[str, list[str]] = {}
    for model, backtest in backtests.items():
        for reason in dict.fromkeys(backtest.reasons.values()):
            models.setdefault(reason.rstrip("."), []).append(shown_name(model))
    return [f"{formats.NONE} for {' and '.join(whose)}: {reason}." for reason, whose in models.items()]


def _payments(run: Run, backtests: dict[str, Backtest]) -> list[str]:
    costs = run.experiment.costs
    headline = backtests.get(run.headline)
    texts = [
        f"Costs: commission of {formats.percent(costs.commission, 3)} of the value at each fill, and half the spread "
        f"of {formats.percent(costs.spread, 3)}, which is part of the prices filled at."
    ]
    if headline is None:
        return texts
    paid, start = headline.stats.get("commission_paid"), float(headline.equity.iloc[0])
    if paid is not None:
        texts.append(
            f"{run.headline} paid {formats.money(paid)} in commission on a starting capital of "
            f"{formats.money(start)}, {formats.percent(paid / start)} of it."
        )
    unfilled = headline.orders[headline.orders["status"] != "filled"]
    for reason, rows in unfilled.groupby("reason", dropna=True):
        texts.append(f"{len(rows)} order{'s' if len(rows) > 1 else ''} of {run.headline} did not fill: {reason}.")
    return texts
