"""What of a run's plugins is gone, or another one, by the time the run is taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from workbench.contracts.names import canonical_name
from workbench.contracts.origin import INDEX, LOCAL
from workbench.plan.resolve import PluginUsed, identified
from workbench.registry.records import PluginModule
from workbench.registry.registry import Registry
from workbench.runs.provenance import place_of

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
        now = lookup(record["kind"], record["name"])
        difference = _difference(record, now, registry)
        if difference is not None:
            remedy = _remedy(run, record, now)
            groups.setdefault((difference, remedy), []).append(f"{record['kind']} {record['name']!r}")
    return [f"Run {run} used {_joined(names)} {what}. {remedy}" for (what, remedy), names in groups.items()]


def used_now(plugins: Iterable[PluginUsed]) -> Lookup:
    """Look plugins up among those that an experiment resolved to."""
    found = {(plugin.kind, plugin.name): plugin.module for plugin in plugins}
    return lambda kind, name: found.get((kind, name))


def offered_now(registry: Registry) -> Lookup:
    """Look plugins up among all that are on offer; the first of several."""

    def lookup(kind: str, name: str) -> PluginModule | None:
        offers = (offer for offer in registry.offers(kind) if offer.name == name)
        return next((identified(kind, offer.cls, offer.module).module for offer in offers), None)

    return lookup


def _difference(record: Mapping[str, Any], now: PluginModule | None, registry: Registry) -> str | None:
    then = place_of(record)
    if now is None:
        return f"of {then}, {_fate(record['distribution'], registry)}"
    if not _is_same_version(record, now):
        return f"of {then}, but now it is of {place_of(asdict(now))}"
    if now.sha256 == record["sha256"]:
        return None
    if now.distribution == LOCAL:
        return f"of {then}, whose text has changed since"
    if record["sha256"] is None or now.sha256 is None:  # a run of an older Workbench, or code that cannot be read
        return None
    return (
        f"of {then}, whose code has changed since under the same version: its SHA-256 began with "
        f"{record['sha256'][:12]}, and begins with {now.sha256[:12]} now"
    )


def _is_same_version(record: Mapping[str, Any], now: PluginModule) -> bool:
    return (now.distribution, now.version) == (record["distribution"], record["version"])


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


def _remedy(run: str, record: Mapping[str, Any], now: PluginModule | None) -> str:
    if record["distribution"] != LOCAL:
        return _installation(record, now is not None and _is_same_version(record, now))
    if "source" in record:
        shown = f"`workbench show {run} --json`"
        return f"Its text is kept with the run ({shown}): hand in a class of that text, `Workbench(plugins=[...])`."
    if record["sha256"] is None:
        return "Its text was not kept."
    return f"Hand it in as it was then, with `--plugin`; the SHA-256 of its text began with {record['sha256'][:12]}."


def _installation(record: Mapping[str, Any], is_same_version: bool) -> str:
    """Say how to get a distribution back; by its name only where it was installed so, else a stranger's may come."""
    wanted = "code" if is_same_version else "version"
    place = record.get("installed_from")
    if place == INDEX:
        force = "--force-reinstall " if is_same_version else ""
        return f"Get it with `pip install {force}{record['distribution']}=={record['version']}`."
    if place is None:
        return f"Get that {wanted} from where you had it."
    return f"It was installed from {place}; get that {wanted} from there."


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
