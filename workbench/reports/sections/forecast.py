"""Forecast against actual, a figure per symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from workbench.reports import formats
from workbench.reports.html import figure, heading, paragraph

if TYPE_CHECKING:
    from workbench.runs.run import Run

MOST_SYMBOLS = 4
"""Symbols drawn at most; `run.plot("forecast", symbol=...)` draws any other."""


def render(run: Run) -> str:
    """Return the figures of the first symbols."""
    symbols = sorted(run.forecasts["symbol"].unique())
    shown = symbols[:MOST_SYMBOLS]
    intro = "A forecast that follows what happened one step late is persistence in disguise."
    if run.headline != run.persistence:
        intro += f" Compare {run.headline} with {run.persistence} close up."
    if run.forecasts.loc[run.forecasts["model"] == run.headline, "quantiles"].notna().any():
        intro += " The bands are its intervals; whether they held as much as they were to is told under Intervals."
    if len(symbols) > len(shown):
        intro += (
            f' These are {len(shown)} of {len(symbols)} symbols; run.plot("forecast", symbol=...) draws the others.'
        )
    parts = [paragraph(intro)]
    for number, symbol in enumerate(shown):
        if len(symbols) > 1:
            parts.append(heading(symbol))
        parts.append(_figure(run, symbol, f"forecast-{number}"))
    return Markup("").join(parts)


def _figure(run: Run, symbol: str, name: str) -> Markup:
    rows = run.forecasts[run.forecasts["symbol"] == symbol]
    span = f"{formats.moment(rows['target_time'].min())} to {formats.moment(rows['target_time'].max())}"
    models = " and ".join(dict.fromkeys([run.headline, run.persistence]))
    seeds = " Forecasts are averaged over seeds." if len(run.experiment.seeds) > 1 else ""
    return figure(
        run,
        "forecast",
        name=name,
        title=f"Forecast of {symbol} against what happened",
        description=f"{symbol}, {span}: what {models} forecast, and what happened.{seeds}",
        symbol=symbol,
    )
