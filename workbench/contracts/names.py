"""The one spelling of names; imports nothing, so that the command line can use it before anything is loaded."""

from __future__ import annotations

LOCAL_MODULES = "_workbench_local_"
"""What the names of modules that are read from plugin files begin with."""


def canonical_name(name: str) -> str:
    """Return `name` in the one spelling used for look-ups: lower case, `-` read as `_`."""
    return name.strip().lower().replace("-", "_")
