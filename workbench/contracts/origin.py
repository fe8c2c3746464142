"""Where a plugin class comes from, and what to call it in a sentence."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from workbench.contracts.names import LOCAL_MODULES
from workbench.contracts.plugin import Plugin

ENTRY_POINT_GROUP = "workbench"
LOCAL = "local"
"""Distribution of what no distribution holds: a file, a notebook, a prompt."""
OWN_DISTRIBUTION = "trading-workbench"
INDEX = "index"
"""What `installed_from` says of a distribution that was installed by its name."""

_INDEX_INSTALLERS = ("pip", "uv", "poetry", "pdm")  # and not conda or a system's own
_LONGEST_LABEL = 60


@dataclass(frozen=True)
class Origin:
    """Where a plugin class comes from.

    Parameters
    ----------
    distribution, version : str
        What was pip-installed; `local` and an empty version for anything else.
    place : str
        Module of an installed class, path of a local file, or an empty text for a notebook or a prompt.
    """

    distribution: str
    version: str
    place: str

    @property
    def is_local(self) -> bool:
        """Whether no distribution holds it."""
        return self.distribution == LOCAL

    def __str__(self) -> str:
        if not self.is_local:
            return f"{self.distribution} {self.version}"
        return f"local file {self.place}" if self.place else "defined in this session"


@functools.lru_cache(maxsize=1)
def _distributions_of_packages(path: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Return which distributions hold each package; slow, and the same as long as `sys.path` is."""
    return metadata.packages_distributions()


@functools.lru_cache(maxsize=256)
def origin_of(cls: type) -> Origin:
    """Find out where a class comes from; for error messages and provenance, since it looks through all of `sys.path`.

    Parameters
    ----------
    cls : type
        A plugin class, or any other.

    Returns
    -------
    Origin
        The distribution that offers the class's package to Workbench; failing that, one that holds the package;
        failing that, the local file.
    """
    package = cls.__module__.partition(".")[0]
    if package == "__main__" or package.startswith(LOCAL_MODULES):
        return Origin(LOCAL, "", file_of(cls))
    for distribution in metadata.distributions():
        for point in distribution.entry_points:
            if point.group == ENTRY_POINT_GROUP and point.module.partition(".")[0] == package:
                return Origin(distribution.name, distribution.version, cls.__module__)
    holders = _distributions_of_packages(tuple(sys.path)).get(package, ())
    if holders:
        return Origin(holders[0], metadata.version(holders[0]), cls.__module__)
    return Origin(LOCAL, "", file_of(cls))


def installed_from(distribution: str) -> str | None:
    """Tell where an installed distribution was taken from, as its installer noted it (PEP 610).

    Parameters
    ----------
    distribution : str

    Returns
    -------
    str or None
        URL of a folder, an archive or a repository (`git+https://...@commit`), without credentials; `index` where it
        was installed by its name; None where nobody noted it, or it is not installed.
    """
    try:
        found = metadata.distribution(distribution)
        direct = found.read_text("direct_url.json")
        if direct:
            return _address(json.loads(direct))
        return INDEX if (found.read_text("INSTALLER") or "").lower().startswith(_INDEX_INSTALLERS) else None
    except (metadata.PackageNotFoundError, ValueError, TypeError, KeyError, AttributeError):  # or damaged
        return None


def _address(direct: Any) -> str:
    parts = urlsplit(direct["url"])
    url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    vcs = direct.get("vcs_info")
    return f"{vcs['vcs']}+{url}@{vcs['commit_id']}" if vcs else url


def file_of(cls: type) -> str:
    """Return the path of the file that a class's module was read from, or an empty text."""
    file = str(getattr(sys.modules.get(cls.__module__), "__file__", None) or "")
    return file if Path(file).is_file() else ""  # a prompt calls its input a file too


def described(plugin: Plugin | type[Plugin]) -> str:
    """Name a plugin for a sentence: `feature 'momentum(window=5)' (workbench-momentum 1.2)`."""
    cls = plugin if isinstance(plugin, type) else type(plugin)
    return f"{cls.kind} {_called(plugin)!r} ({_place(origin_of(cls))})"


def _called(plugin: Plugin | type[Plugin]) -> str:
    """Return its label where that is one short line, else its name."""
    if isinstance(plugin, type):
        return plugin.name or plugin.__name__
    label = plugin.label
    return label if len(label) <= _LONGEST_LABEL and "\n" not in label else type(plugin).name or type(plugin).__name__


def _place(origin: Origin) -> str:
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the working directory was removed
        return str(origin)
    inside = origin.is_local and Path(origin.place).is_relative_to(here)
    return f"local file {Path(origin.place).relative_to(here)}" if inside else str(origin)
