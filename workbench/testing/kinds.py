"""All checks, by kind of plugin."""

from __future__ import annotations

from workbench.testing import common, features
from workbench.testing.check import Check

CHECKS: dict[str, tuple[Check, ...]] = {
    "feature": (*common.CHECKS, *features.CHECKS),
}
