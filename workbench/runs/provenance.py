"""What a result came from: code, packages and machine."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

from workbench import __version__
from workbench.plan.resolve import PluginUsed, Resolved

PACKAGES = (
    *("numpy", "pandas", "scipy", "scikit-learn", "torch", "ta", "backtesting"),
    *("duckdb", "pluggy", "pydantic", "matplotlib"),
)


def collect_provenance(resolved: Resolved) -> dict[str, Any]:
    """Return versions, platform, seeds and plugins of a run, as plain JSON values; no secret, no user name."""
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
    }


def _plugin(used: PluginUsed) -> dict[str, Any]:
    record = {
        "kind": used.kind,
        "name": used.name,
        "distribution": used.module.distribution,
        "version": used.module.version,
        "origin": used.module.origin,
        "sha256": used.module.sha256,
    }
    return record if used.source is None else {**record, "source": used.source}


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that numbers may depend on."""
    return {name: version for name in PACKAGES if (version := _version(name)) is not None}


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
