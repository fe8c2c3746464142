"""What installed distributions offer, read from their metadata; nothing of theirs is imported."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from workbench.contracts.names import canonical_name
from workbench.errors import UnknownPluginError, did_you_mean

MODULES = "workbench"
"""Entry-point group of plugin modules."""
COMMANDS = "workbench.commands"
"""Entry-point group of further commands."""


@dataclass(frozen=True)
class Installed:
    """One entry point of an installed distribution.

    Parameters
    ----------
    point : EntryPoint
    distribution, version, summary : str
        Of the distribution; the summary is the line that its package index shows.
    """

    point: EntryPoint
    distribution: str
    version: str
    summary: str

    @property
    def name(self) -> str:
        """What the entry point is called."""
        return self.point.name

    @property
    def qualified_name(self) -> str:
        """`distribution:name`, which always works."""
        return f"{self.distribution}:{self.name}"

    @property
    def names(self) -> set[str]:
        """Every name it answers to, in canonical spelling."""
        return {canonical_name(name) for name in (self.name, self.distribution, self.qualified_name)}

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})".replace(" )", ")")


def installed(group: str | None = None) -> list[Installed]:
    """Return the entry points of one of the two groups, or of both, sorted by distribution and name."""
    found: dict[str, list[Installed]] = {}
    for dist in distributions():
        text = dist.read_text("entry_points.txt") or ""
        if MODULES in text:  # most distributions have nothing for us, and parsing metadata takes long
            points = list(_points(dist, group))
            if points:  # of two copies on the path, Python imports the first
                found.setdefault(canonical_name(points[0].distribution), points)
    return [point for name in sorted(found) for point in sorted(found[name], key=lambda p: p.name)]


def _points(dist: Distribution, group: str | None) -> Iterator[Installed]:
    known = dist.metadata
    for point in dist.entry_points:
        if point.group in (MODULES, COMMANDS) and group in (None, point.group):
            yield Installed(point, known["Name"], known["Version"] or "", known["Summary"] or "")


def names_to_block(blocked: Iterable[str]) -> set[str]:
    """Return, in canonical spelling, what is asked to be left out here.

    Parameters
    ----------
    blocked : iterable of str
        Names of entry points or distributions, or `distribution:entry-point`.

    Raises
    ------
    UnknownPluginError
        Nothing that is installed is called so.
    """
    blocked = tuple(blocked)
    return _checked(blocked, installed(), "to leave it out") if blocked else set()


def _checked(names: Iterable[str], found: list[Installed], purpose: str) -> set[str]:
    """Return names in canonical spelling; all of them have to be installed."""
    names = tuple(names)
    known = set().union(*(item.names for item in found))
    for name in names:
        if canonical_name(name) not in known:
            shown = sorted({text for item in found for text in (item.name, item.distribution)})
            hint = did_you_mean(name, shown) or f" Installed: {', '.join(shown) or 'none'}."
            raise UnknownPluginError(f"no plugin module or distribution is named {name!r}, {purpose}.{hint}")
    return {canonical_name(name) for name in names}


def with_environment(blocked: Iterable[str]) -> list[str]:
    """Return what is blocked here, together with everything but what `WORKBENCH_PLUGINS` names, where it is set.

    The variable is a comma-separated list of names of entry points or distributions, or
    `distribution:entry-point`; an empty one keeps nothing.

    Raises
    ------
    UnknownPluginError
        It names something that is not installed.
    """
    wanted = os.environ.get("WORKBENCH_PLUGINS")
    if wanted is None:
        return list(blocked)
    found = installed()
    kept = _checked(filter(str.strip, wanted.split(",")), found, "for `WORKBENCH_PLUGINS` to keep it")
    return [*blocked, *(item.qualified_name for item in found if not item.names & kept)]
