"""Which features are levels of prices: they change when all prices are multiplied by a constant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.panel import PRICE_COLUMNS, Panel
from workbench.evaluation.samples import compute_feature

_FACTOR = 2.0
"""A power of two, which changes no digit: what does not depend on the level comes out the same."""
_TOLERANCE = 1e-9


def level_features(panel: Panel, features: Sequence[tuple[str, Feature | PanelFeature]]) -> list[str]:
    """Return the labels of the features whose values depend on the level of prices or volumes, by trying it out.

    Parameters
    ----------
    panel : Panel
        Bars to try it on: a feature of one symbol on the first, a feature across symbols on all.
    features : sequence of (label, feature)
    """
    return [label for label, feature in features if _is_level(label, feature, panel)]


def _is_level(label: str, feature: Feature | PanelFeature, panel: Panel) -> bool:
    bars = panel if isinstance(feature, PanelFeature) else panel.only(panel.symbols[0])
    before, after = (compute_feature(label, feature, each) for each in (bars, _scaled(bars)))
    return not all(
        np.allclose(after[s].to_numpy(), before[s].to_numpy(), rtol=_TOLERANCE, atol=0, equal_nan=True) for s in before
    )


def _scaled(panel: Panel) -> Panel:
    """Return the panel as after a split: prices in one direction, volumes in the other."""
    return Panel(
        {
            symbol: bars.assign(**{c: bars[c] * _FACTOR for c in PRICE_COLUMNS}, volume=bars["volume"] / _FACTOR)
            for symbol, bars in panel.frames.items()
        },
        panel.interval,
    )
