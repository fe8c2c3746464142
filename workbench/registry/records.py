"""What the registry knows of each plugin module and of each class it offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from workbench.contracts.plugin import Plugin

Status = Literal["active", "blocked", "failed"]


@dataclass
class PluginModule:
    """One entry point, local file or module: where plugins come from.

    Parameters
    ----------
    name : str
        Entry-point name, or the file's stem.
    distribution, version : str
        What was pip-installed; `local` and an empty version for a file or an object handed in.
    origin : str
        Import path of the module or of the class, or path of the file.
    status : str
        `active`, `blocked` or `failed`; `reason` says why it failed.
    hooks : list of str
        Hooks it implements.
    sha256 : str or None
        Hash of a local file, so that a run can say which text it used.
    """

    name: str
    distribution: str
    version: str
    origin: str
    status: Status = "active"
    reason: str | None = None
    hooks: list[str] = field(default_factory=list)
    sha256: str | None = None

    @property
    def key(self) -> str:
        """What tells it apart from every other module."""
        return f"{self.distribution}:{self.origin if self.distribution == 'local' else self.name}"

    @property
    def text(self) -> str:
        """What tells its code apart, wherever it was found."""
        return self.sha256 or self.origin

    def __str__(self) -> str:
        version = f" {self.version}" if self.version else ""
        return f"{self.name} ({self.distribution}{version})"


@dataclass(frozen=True)
class Offer:
    """A plugin class and the module that offers it."""

    cls: type[Plugin]
    module: PluginModule

    @property
    def name(self) -> str:
        """Name by which the class is looked up."""
        return str(self.cls.name)

    @property
    def qualified_name(self) -> str:
        """`distribution:name`, which always works."""
        return f"{self.module.distribution}:{self.name}"
