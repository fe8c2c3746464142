"""What the registry knows of each plugin module and of each class it offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from workbench.contracts.plugin import Plugin

Status = Literal["active", "blocked", "failed"]

LOCAL = "local"
"""Distribution of what no distribution holds."""


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
        `active`, `blocked` or `failed`. A module of which one hook failed is `failed`; what its other hooks offer
        can be used.
    reason, advice : str or None
        Why it failed, and what to do about it.
    hooks : list of str
        Hooks it implements.
    sha256 : str or None
        Hash of a local file or package. Of an installed module it is taken only when a run uses it, see
        `workbench.plan.resolve.identified`.
    contract : str or None
        Versions of the contract that it says it was made for.
    file : str or None
        File it was imported from.
    """

    name: str
    distribution: str
    version: str
    origin: str
    status: Status = "active"
    reason: str | None = None
    hooks: list[str] = field(default_factory=list)
    sha256: str | None = None
    contract: str | None = None
    advice: str | None = None
    file: str | None = None

    @property
    def key(self) -> str:
        """What tells it apart from every other module."""
        return f"{self.distribution}:{self.origin if self.distribution == LOCAL else self.name}"

    @property
    def imported(self) -> str:
        """Name of the module that an entry point `module:attribute` imports."""
        return self.origin.partition(":")[0].strip()

    @property
    def explanation(self) -> str | None:
        """Why it failed and what to do, in one paragraph."""
        return f"{self.reason}. {self.advice}" if self.reason and self.advice else self.reason

    def fail(self, reason: str, advice: str) -> None:
        """Note a failure beside those already known."""
        self.status = "failed"
        self.reason = f"{self.reason}; {reason}" if self.reason else reason
        self.advice = advice

    def is_same_code(self, other: PluginModule) -> bool:
        """Whether both were imported from one text, wherever it was found."""
        if self.sha256 and other.sha256:
            return self.sha256 == other.sha256
        return self.origin == other.origin or (self.file is not None and self.file == other.file)

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
