"""What a result came from: code, packages and machine."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

from workbench import __version__
from workbench.plan.resolve import Resolved

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
        "packages": {name: version for name in PACKAGES if (version := _version(name)) is not None},
        "plugins": [
            {
                "kind": plugin.kind,
                "name": plugin.name,
                "distribution": plugin.module.distribution,
                "version": plugin.module.version,
                "origin": plugin.module.origin,
                "sha256": plugin.module.sha256,
            }
            for plugin in resolved.plugins
        ],
    }


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
