"""What of a run's plugins is gone, or another one, by the time the run is taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from workbench.contracts.names import canonical_name
from workbench.contracts.origin import LOCAL
from workbench.plan.resolve import PluginUsed
from workbench.registry.records import PluginModule
from workbench.registry.registry import Registry

Lookup = Callable[[str, str], PluginModule | None]
"""Tells where the plugin of a kind and name comes from now."""


def plugin_changes(run: str, provenance: Mapping[str, Any], lookup: Lookup, registry: Registry) -> list[str]:
    """Say which plugins of a run are missing, or have another version or text, and how to get them back.

    Parameters
    ----------
    run : str
        Id of the run.
    provenance : mapping
        What the run recorded; its `plugins` are compared.
    lookup : callable
        See `used_now` and `offered_now`.
    registry : Registry
        Knows what is blocked or could not be loaded.

    Returns
    -------
    list of str
        One paragraph per distribution, file or class; empty when everything is as it was.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for record in provenance.get("plugins", ()):
        if record["kind"] == "source":  # what it gave is in the store
            continue
        difference = _difference(record, lookup(record["kind"], record["name"]), registry)
        if difference is not None:
            remedy = _remedy(run, record)
            groups.setdefault((difference, remedy), []).append(f"{record['kind']} {record['name']!r}")
    return [f"Run {run} used {_joined(names)} {what}. {remedy}" for (what, remedy), names in groups.items()]


def used_now(plugins: Iterable[PluginUsed]) -> Lookup:
    """Look plugins up among those that an experiment resolved to."""
    found = {(plugin.kind, plugin.name): plugin.module for plugin in plugins}
    return lambda kind, name: found.get((kind, name))


def offered_now(registry: Registry) -> Lookup:
    """Look plugins up among all that are on offer; the first of several."""

    def lookup(kind: str, name: str) -> PluginModule | None:
        return next((offer.module for offer in registry.offers(kind) if offer.name == name), None)

    return lookup


def _difference(record: Mapping[str, Any], now: PluginModule | None, registry: Registry) -> str | None:
    then = _place(record["distribution"], record["version"], record["origin"], "source" in record)
    if now is None:
        return f"of {then}, {_fate(record['distribution'], registry)}"
    if (now.distribution, now.version, now.sha256) == (record["distribution"], record["version"], record["sha256"]):
        return None
    if now.distribution == record["distribution"] == LOCAL:
        return f"of {then}, whose text has changed since"
    return f"of {then}, but now it is of {_place(now.distribution, now.version, now.origin, False)}"


def _place(distribution: str, version: str, origin: str, has_text: bool) -> str:
    if distribution != LOCAL:
        return f"{distribution} {version}"
    is_file = not has_text and Path(origin).suffix == ".py"
    return f"the local file {origin}" if is_file else f"a session of Python ({origin})"


def _fate(distribution: str, registry: Registry) -> str:
    """Say why nothing of a distribution is on offer."""
    if distribution == LOCAL:
        return "which is not loaded now"
    for module in registry.modules:
        if canonical_name(module.distribution) == canonical_name(distribution):
            reasons = {
                "blocked": "which is left out now",
                "failed": f"which could not be loaded now ({module.reason})",
                "active": f"which {module.distribution} {module.version} no longer offers",
            }
            return reasons[module.status]
    return "which is not installed now"


def _remedy(run: str, record: Mapping[str, Any]) -> str:
    if record["distribution"] != LOCAL:
        return f"Get it with `pip install {record['distribution']}=={record['version']}`."
    if "source" in record:
        shown = f"`workbench show {run} --json`"
        return f"Its text is kept with the run ({shown}): hand in a class of that text, `Workbench(plugins=[...])`."
    if record["sha256"] is None:
        return "Its text was not kept."
    return f"Hand it in as it was then, with `--plugin`; the SHA-256 of its text began with {record['sha256'][:12]}."


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
