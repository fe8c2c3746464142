"""Whether a plugin was made for the contract that this Workbench keeps."""

from __future__ import annotations

from typing import Any

from workbench.contracts.hooks import CONTRACT_VERSION
from workbench.errors import PluginError

STATED = "WORKBENCH_CONTRACT"
"""Name in a plugin module that says which versions of the contract it was made for."""


def check_contract(plugin: Any) -> str | None:
    """Return the range of versions that a module states, if any.

    Parameters
    ----------
    plugin : module
        It may hold `WORKBENCH_CONTRACT`, a version specifier such as `">=1.0,<2"`.

    Raises
    ------
    PluginError
        The contract of this Workbench is not in the range, or the range is malformed.
    """
    stated = getattr(plugin, STATED, None)
    if stated is None:
        return None
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(stated if isinstance(stated, str) else "?")
    except InvalidSpecifier:
        raise PluginError(f'`{STATED}` is {stated!r}; expected a range of versions, such as ">=1.0,<2".') from None
    if not wanted.contains(CONTRACT_VERSION, prereleases=True):
        raise PluginError(
            f"it was made for contract {stated}, but this Workbench keeps contract {CONTRACT_VERSION}. "
            f"Install a version of it that was made for {CONTRACT_VERSION}, or a Workbench that keeps {stated}."
        )
    return str(stated)
