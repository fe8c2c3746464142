"""The built-in plugins and their parameters, as the registry knows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from blocks.markdown import code, table
from workbench.cli.parameters import bounds, type_name, value

TITLES = {
    "source": "Sources",
    "feature": "Features",
    "target": "Targets",
    "forecaster": "Forecasters",
    "strategy": "Strategies",
    "engine": "Engines",
    "metric": "Metrics",
    "report-section": "Report sections",
}


def every_plugin() -> str:
    """Every plugin of this distribution."""
    from workbench.registry.registry import Registry

    registry = Registry()
    return "\n\n".join(
        f"## {title}\n\n"
        + _kind([o.cls for o in registry.offers(kind) if o.module.distribution == "trading-workbench"])
        for kind, title in TITLES.items()
    )


def _kind(classes: Sequence[Any]) -> str:
    parts = [f"### {cls.name}\n\n{cls.summary()}{_parameters(cls)}" for cls in classes if "." not in cls.name]
    wrapped = [(code(cls.name), cls.summary(), code(_defaults(cls))) for cls in classes if "." in cls.name]
    if wrapped:
        parts.append("### Indicators of the ta library\n\n" + table(["name", "what it is", "parameters"], wrapped))
    return "\n\n".join(parts)


def _defaults(cls: Any) -> str:
    return ", ".join(f"{name}={value(field.default)}" for name, field in cls.model_fields.items())


def _parameters(cls: Any) -> str:
    rows = [
        (code(name), ", ".join([type_name(field.annotation), *bounds(field)]), default(field), field.description or "")
        for name, field in cls.model_fields.items()
    ]
    return "\n\n" + table(["parameter", "type", "default", "meaning"], rows) if rows else ""


def default(field: Any) -> str:
    """Return the default of a field, or that it has none."""
    return "required" if field.is_required() else code(value(field.get_default(call_default_factory=True)))
