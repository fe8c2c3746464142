"""The built-in plugins and their parameters, as the registry knows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args, get_origin

from blocks.markdown import code, table, value

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

BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


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
        (code(name), type_name(field.annotation) + bounds(field), default(field), field.description or "")
        for name, field in cls.model_fields.items()
    ]
    return "\n\n" + table(["parameter", "type", "default", "meaning"], rows) if rows else ""


def default(field: Any) -> str:
    """Return the default of a field, or that it has none."""
    return "required" if field.is_required() else code(value(field.get_default(call_default_factory=True)))


def type_name(annotation: Any) -> str:
    """Return a type as a reader would write it: choices as such, bounds of list items left out."""
    inside = get_args(annotation)
    if not inside:
        return "None" if annotation is type(None) else getattr(annotation, "__name__", str(annotation))
    if get_origin(annotation) is Literal:
        return " or ".join(map(value, inside))
    if get_origin(annotation) is Annotated:
        return type_name(inside[0])
    if get_origin(annotation) is tuple:
        return f"list of {type_name(inside[0])}"
    return " or ".join(map(type_name, inside))


def bounds(field: Any) -> str:
    """Return the bounds of a field in words, with a leading comma."""
    found = [
        (word, getattr(rule, key)) for rule in field.metadata for key, word in BOUNDS.items() if hasattr(rule, key)
    ]
    return "".join(f", {word} {limit:g}" for word, limit in found)
