"""What the parts of a new plugin are called, all from the one name its author gives."""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass

import workbench
from workbench.errors import RequestError

LONGEST = 40
"""Letters of the longest name: the lines that hold it twice still fit."""

_PREFIX = "workbench_"
_VALID = re.compile(r"[a-z][a-z0-9_]*")
_USED = frozenset(
    {
        *("Account", "ClassVar", "Field", "Fitted", "NamedTuple", "Path", "Quote"),
        *("Self", "Sequence", "SimpleNamespace", "Ticket", "Trade"),
    }
)
"""Names that templates import or define, beside those of `workbench`."""


@dataclass(frozen=True)
class Names:
    """What a new plugin and its parts are called.

    Parameters
    ----------
    plugin : str
        What users write, such as `momentum`.
    distribution : str
        What they install, such as `workbench-momentum`.
    module : str
        What Python imports, such as `workbench_momentum`.
    cls : str
        The class, such as `Momentum`.
    """

    plugin: str
    distribution: str
    module: str
    cls: str

    @classmethod
    def of(cls, name: str) -> Names:
        """Make the names of a plugin out of any usual spelling of one.

        `Mean-Reversion`, `mean_reversion`, `MeanReversion` and `workbench-mean-reversion` are all the same.

        Raises
        ------
        RequestError
            No plugin, module or class can be called so.
        """
        plugin = _spelt(name).removeprefix(_PREFIX)
        if not _VALID.fullmatch(plugin) or len(plugin) > LONGEST:
            raise RequestError(
                f"a plugin cannot be named {name!r}: expected a letter, then letters, digits, '-' or '_', at most "
                f"{LONGEST} of them.{_suggestion(plugin)}"
            )
        return cls(plugin, f"workbench-{plugin.replace('_', '-')}", f"workbench_{plugin}", _class_name(plugin))


def _spelt(name: str) -> str:
    """Return a name in lower case, its words joined by single underscores."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[-_]+", "_", words).strip("_").lower()


def _suggestion(plugin: str) -> str:
    near = re.sub(r"[^a-z0-9]+", "_", plugin).strip("_0123456789")[:LONGEST].strip("_")
    return f" Try {near!r}." if near and near != plugin else ""


def _class_name(plugin: str) -> str:
    name = "".join(word[:1].upper() + word[1:] for word in plugin.split("_"))
    taken = keyword.iskeyword(name) or hasattr(builtins, name) or name in workbench.__all__ or name in _USED
    return f"{name}Plugin" if taken else name
