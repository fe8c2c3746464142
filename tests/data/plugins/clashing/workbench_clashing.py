"""A distribution that offers a name that another offers too; without hooks, so its public classes are offered."""

from __future__ import annotations

from workbench import Feature


class Mean(Feature, name="good_mean"):
    """Expanding mean of the close."""

    def compute(self, bars):
        return bars["close"].expanding().mean()


Average = Mean


class _Private(Feature, name="private"):
    def compute(self, bars):
        return bars["close"]


class Base(Feature):
    """A base class, never offered."""
