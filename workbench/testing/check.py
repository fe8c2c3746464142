"""What a check is, and what it finds."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.audit.leak import Leak
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.contracts.plugin import Plugin


class CheckFailure(AssertionError):
    """A plugin does not conform.

    Parameters
    ----------
    reason : str
        What was found, what was expected, and what to do.
    column : str, optional
        Column in which it was found.
    first_row : int, optional
        First row in which it was found, from 0.
    """

    def __init__(self, reason: str, column: str | None = None, first_row: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.first_row = first_row

    @classmethod
    def of(cls, leak: Leak) -> CheckFailure:
        """Say what a leak is."""
        return cls(f"{leak}.", leak.column, leak.row)


@dataclass(frozen=True, eq=False)
class Case:
    """A plugin under examination.

    Parameters
    ----------
    plugin : Plugin
        What is examined.
    folder : Path
        An empty folder that a check may use.
    """

    plugin: Any
    folder: Path

    def fresh(self) -> Any:
        """Return a new plugin with the same parameters, and no memory of what the other did."""
        cls: type[Plugin] = type(self.plugin)
        return cls(**{name: getattr(self.plugin, name) for name in cls.model_fields})


CheckFunction = Callable[[Case], str | None]


class Check(NamedTuple):
    """One requirement that plugins of a kind have to meet.

    Parameters
    ----------
    name : str
        Public name.
    explanation : str
        The requirement, in a sentence.
    function : callable
        Takes a `Case`; raises `CheckFailure`, or returns a remark or None.
    """

    name: str
    explanation: str
    function: CheckFunction


def checks(*functions: CheckFunction) -> tuple[Check, ...]:
    """Make checks of functions: each is called like its function, and explained by its docstring."""
    return tuple(Check(f.__name__, inspect.cleandoc(f.__doc__ or "").split("\n\n", 1)[0], f) for f in functions)


@dataclass(frozen=True)
class CheckResult:
    """What one check said of one plugin.

    Parameters
    ----------
    plugin, kind, check : str
    passed : bool
    reason : str or None
        Why it failed; of a check that passed, a remark.
    column : str or None
    first_row : int or None
        Where it was found, if that can be said.
    """

    plugin: str
    kind: str
    check: str
    passed: bool
    reason: str | None = None
    column: str | None = field(default=None)
    first_row: int | None = field(default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain JSON values."""
        return asdict(self)


@contextmanager
def refusal_allowed() -> Iterator[None]:
    """Let a plugin refuse input in a clear way, by an error of Workbench; anything else is a failure."""
    from workbench.errors import PluginError

    try:
        yield
    except CheckFailure:
        raise
    except PluginError as err:
        raise CheckFailure(str(err)) from err
    except WorkbenchError:
        return
