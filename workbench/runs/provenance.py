"""What a result came from: code, packages and machine."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from workbench import __version__
from workbench.contracts.origin import LOCAL, OWN_DISTRIBUTION, installed_from
from workbench.data.universe import Universe
from workbench.plan.resolve import PluginUsed, Resolved

PACKAGES = (
    *("numpy", "pandas", "scipy", "scikit-learn", "torch", "ta", "backtesting"),
    *("duckdb", "pluggy", "pydantic", "matplotlib", "exchange_calendars"),
)


def collect_provenance(resolved: Resolved) -> dict[str, Any]:
    """Return versions, platform, seeds and plugins of a run, as plain JSON values, without secrets.

    Of plugins that do not come with Workbench the place is told: the path of a file, or, as `installed_from`, the URL
    of what was installed.
    """
    return {
        "workbench": __version__,
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
        "device": resolved.device,
        "seeds": list(resolved.experiment.seeds),
        "packages": package_versions(),
        "plugins": [_plugin(plugin) for plugin in resolved.plugins],
        **({} if resolved.universe is None else {"universe": resolved.universe.to_dict()}),
    }


def universe_of(provenance: Mapping[str, Any]) -> Universe | None:
    """Return the universe that a run saw, whatever has become of its file."""
    return Universe.from_dict(provenance["universe"]) if "universe" in provenance else None


def _plugin(used: PluginUsed) -> dict[str, Any]:
    module = used.module
    record = {
        "kind": used.kind,
        "name": used.name,
        "distribution": module.distribution,
        "version": module.version,
        "origin": module.origin,
        "sha256": module.sha256,
    }
    if module.distribution not in (LOCAL, OWN_DISTRIBUTION):
        record["installed_from"] = installed_from(module.distribution)
    return record if used.source is None else {**record, "source": used.source}


def place_of(plugin: Mapping[str, Any]) -> str:
    """Name for a sentence where a plugin of a run came from, as its provenance tells it."""
    if plugin["distribution"] != LOCAL:
        return f"{plugin['distribution']} {plugin['version']}".rstrip()
    is_file = "source" not in plugin and Path(plugin["origin"]).is_absolute()
    return f"the local file {plugin['origin']}" if is_file else f"a session of Python ({plugin['origin']})"


def plugins_of_others(provenance: Mapping[str, Any]) -> list[str]:
    """Name the plugins of a run that did not come with Workbench, and where each came from."""
    found = [p for p in provenance.get("plugins", ()) if p["distribution"] != OWN_DISTRIBUTION]
    return [f"{plugin['kind']} {plugin['name']!r} of {place_of(plugin)}" for plugin in found]


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that numbers may depend on."""
    return {name: version for name in PACKAGES if (version := _version(name)) is not None}


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
