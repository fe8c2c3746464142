"""What a reader has to know of adjusted prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.contracts.panel import Panel
from workbench.data.actions import has_splits_in_prices
from workbench.data.universe import shown
from workbench.evaluation.levels import level_features
from workbench.plan.resolve import Resolved
from workbench.runs.contexts import LaidOut
from workbench.runs.datasets import FetchedSeries


def adjust_notes(
    resolved: Resolved, fetched: Sequence[FetchedSeries], panel: Panel, contexts: Sequence[LaidOut]
) -> Iterator[str]:
    """Say where nothing was left to adjust, and what depends on levels that later splits and dividends rewrote.

    Parameters
    ----------
    resolved : Resolved
    fetched : sequence of FetchedSeries
    panel : Panel
        The adjusted bars.
    contexts : sequence of LaidOut
    """
    adjust: dict[str | None, str] = {
        None: resolved.experiment.adjust,
        **{c.loaded.name: c.loaded.asked.adjust for c in contexts},
    }
    done = [i.context or i.symbol for i in fetched if adjust[i.context] == "splits" and has_splits_in_prices(i.bars)]
    if done:
        yield (
            f"Prices of {shown(done)} are divided by their splits already (column `stock_splits`); "
            f"`adjust = 'splits'` left them as they are."
        )
    levels = list(_levels(resolved, panel, contexts))
    if levels:
        yield (
            f"Of adjusted prices, {', '.join(levels)} depend{'s' if len(levels) == 1 else ''} on the level, which "
            f"splits and dividends that came later have changed: nobody saw these numbers then. Returns and ratios do "
            f"not change; use those, or `adjust = 'none'`."
        )


def _levels(resolved: Resolved, panel: Panel, contexts: Sequence[LaidOut]) -> Iterator[str]:
    if resolved.experiment.adjust != "none":
        if resolved.target.in_price_units:
            yield f"the target {resolved.target.label}"
        yield from level_features(panel, resolved.features)
    for context in contexts:
        if context.loaded.asked.adjust != "none":
            for label in level_features(context.panel, context.loaded.features):
                yield f"{context.loaded.name}.{label}"
