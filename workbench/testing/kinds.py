"""All checks, by kind of plugin."""

from __future__ import annotations

from workbench.testing import common, engines, features, forecasters, metrics, sections, sources, strategies, targets
from workbench.testing.check import Check

CHECKS: dict[str, tuple[Check, ...]] = {
    "source": (*common.CHECKS, *sources.CHECKS),
    "feature": (*common.CHECKS, *features.CHECKS),
    "target": (*common.CHECKS, *targets.CHECKS),
    "forecaster": (*common.CHECKS, *forecasters.CHECKS),
    "strategy": (*common.CHECKS, *strategies.CHECKS),
    "engine": (*common.CHECKS, *engines.CHECKS),
    "metric": (*common.CHECKS, *metrics.CHECKS),
    "report-section": (*common.CHECKS, *sections.CHECKS),
}
